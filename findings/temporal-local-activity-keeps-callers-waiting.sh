#!/usr/bin/env bash
# Guessed:  a workflow that awaits a slow local activity still answers queries and takes signals, updates and
#           a cancellation at once, as it does during an ordinary activity.
# Happens:  they all wait until the workflow task is renewed, at 80 % of its time-out of 10 s: a query or a
#           cancellation up to 8 s, an update on its own here for the second renewal, up to 16 s. An ordinary
#           activity of the same length costs them nothing.
# Matters:  local activities are the usual choice for short database steps. When the database is slow, every
#           bid, query and cancellation of that auction is slow by 8 or 16 s.
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

const ordinary = workflow.proxyActivities({ startToCloseTimeout: '1 minute', cancellationType: 'TRY_CANCEL' });
const local = workflow.proxyLocalActivities({ startToCloseTimeout: '1 minute', cancellationType: 'TRY_CANCEL' });

export async function sale(kind) {
  workflow.setHandler(workflow.defineQuery('stage'), () => 'storing');
  workflow.setHandler(workflow.defineUpdate('bid'), () => 'taken');
  await (kind === 'local' ? local : ordinary).store();
}
JS

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';
import { Context } from '@temporalio/activity';

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
  activities: {
    // Ends by itself after 25 s, or when it is cancelled.
    store: () => Promise.race([wait(25_000, undefined, { ref: false }), Context.current().cancelled]),
  },
});
const running = worker.run();

async function delays(kind) {
  const took = {};
  const timed = async (what, call) => {
    const start = performance.now();
    await call();
    took[what] = Math.round(performance.now() - start);
  };
  const started = (name) =>
    client.workflow.start('sale', { taskQueue: 'q', workflowId: `${kind}-${name}`, args: [kind] });
  const ends = (handle) => handle.result().catch((error) => assert.equal(error.cause?.name, 'CancelledFailure'));
  // Three sales at a time, so that no caller helps another.
  const [asked, bidOn, ended] = await Promise.all(['asked', 'bid', 'ended'].map(started));
  await wait(1000);
  await Promise.all([
    timed('query', () => asked.query('stage')),
    timed('update', () => bidOn.executeUpdate('bid')),
    timed('cancellation', () => ended.cancel().then(() => ends(ended))),
  ]);
  await Promise.all([asked.terminate(), bidOn.terminate()]);
  console.log(`ms, during ${kind} activity:`, took);
  return took;
}

const quick = await delays('ordinary');
const slow = await delays('local');
assert.ok(Math.max(...Object.values(quick)) < 3000);
for (const what of ['query', 'cancellation']) assert.ok(slow[what] > 5000 && slow[what] < 10_000, what);
assert.ok(slow.update > 5000 && slow.update < 18_000);

worker.shutdown();
await running;
JS
node try.mjs "$port"
