#!/usr/bin/env bash
# Guessed:  updates of one workflow wait in line: the eleventh, sent while ten are still being handled, is
#           the next one to be handled once there is room.
# Happens:  the server refuses the eleventh at once (history.maxInFlightUpdates is 10). The client says nothing of
#           it and tries again by its back-off, a second or more later. An update that is sent after it, when there
#           is room, is handled before it.
# Matters:  bids by update are not first come, first served as soon as ten handlers await something, and in a
#           rush some wait for seconds in an idle system. The order must come from elsewhere.
set -euo pipefail
work=$(mktemp -d)
cleanup() {
  [ -z "${server:-}" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
# The server is built from its Go module: minutes the first time. TEMPORAL may name a built one.
temporal=${TEMPORAL:-$work/temporal}
[ -x "$temporal" ] || GOBIN=$work go install github.com/temporalio/cli/cmd/temporal@v1.5.1
npm install --silent --no-audit --no-fund --prefix . \
  @temporalio/{client,worker,workflow,activity,common}@1.24.0
port=$(node -e 'const s = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
"$temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" --log-level never >/dev/null 2>&1 &
server=$!

cat > workflows.mjs <<'JS'
import * as workflow from '@temporalio/workflow';

export async function auction() {
  const seen = [];
  let free = false;
  workflow.setHandler(workflow.defineQuery('seen'), () => seen);
  workflow.setHandler(workflow.defineSignal('free'), () => void (free = true));
  workflow.setHandler(workflow.defineUpdate('bid'), async (name) => {
    seen.push(name);
    await workflow.condition(() => free);
  });
  await workflow.condition(() => false);
}
JS

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
});
const address = `127.0.0.1:${process.argv[2]}`;
let connection;
for (let tries = 0; !connection; tries++) {
  connection = await NativeConnection.connect({ address }).catch((error) => {
    if (tries > 60) throw error;
    return wait(500);
  });
}
const client = new Client({ connection: await Connection.connect({ address }) });
const { serverVersion } = await client.workflowService.getSystemInfo({});
console.log('Temporal server', serverVersion, 'SDK 1.24.0 node', process.version);
const worker = await Worker.create({
  connection,
  taskQueue: 'q',
  workflowsPath: new URL('./workflows.mjs', import.meta.url).pathname,
});
const running = worker.run();

const handle = await client.workflow.start('auction', { taskQueue: 'q', workflowId: 'auction' });
await handle.query('seen');
const start = performance.now();
const took = {};
const bid = async (name) => {
  await handle.executeUpdate('bid', { args: [name] });
  took[name] = Math.round(performance.now() - start);
};
const bids = Array.from({ length: 10 }, (_, index) => bid(`bid ${index + 1}`));
await wait(1000);
const impatient = new Client({ connection: await Connection.connect({ address, interceptors: [] }) });
const refused = await impatient.workflow.getHandle('auction').executeUpdate('bid', { args: ['refused'] }).catch((e) => e);
console.log('asked without the back-off:', refused.cause?.code, refused.cause?.details);
bids.push(bid('eleventh'));
await wait(300);
const seenWhileFull = await handle.query('seen');
await handle.signal('free');
await wait(100);
bids.push(bid('later'));
await Promise.all(bids);
const seen = await handle.query('seen');
console.log('handled while full:', seenWhileFull.length, '\nhandled:', seen.join(', '));
console.log('answered after ms:', took);
await handle.terminate();
assert.equal(seenWhileFull.length, 10);
assert.deepEqual(seen.slice(-2), ['later', 'eleventh']);
assert.ok(took.eleventh > took.later);
assert.equal(refused.cause?.code, 8); // RESOURCE_EXHAUSTED

worker.shutdown();
await running;
JS
node try.mjs "$port"
