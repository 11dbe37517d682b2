#!/usr/bin/env bash
# Guessed:  an update that is sent again under its own updateId is answered with the first result, and carried
#           out once, as long as the workflow of that id is running.
# Happens:  the id is remembered by the run only. Once the workflow has continued as new, the same id is carried
#           out again, though the caller's handle, the workflow's id and its chain are the same. Within one run
#           it is as guessed.
# Matters:  the caller repeats what it got no answer to, and the answer is most easily lost at the moment of a
#           continue-as-new. A bid or payment is then taken twice. Hand the ids on to the next run.
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

export async function wallet(balance = 0, round = 1) {
  let next = false;
  workflow.setHandler(workflow.defineUpdate('pay'), (amount) => {
    balance += amount;
    return { balance, round };
  });
  workflow.setHandler(workflow.defineSignal('next'), () => void (next = true));
  await workflow.condition(() => next && workflow.allHandlersFinished());
  await workflow.continueAsNew(balance, round + 1);
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

await client.workflow.start('wallet', { taskQueue: 'q', workflowId: 'wallet' });
const handle = client.workflow.getHandle('wallet');
const pay = () => handle.executeUpdate('pay', { args: [10], updateId: 'payment-1' });

const first = await pay();
const again = await pay();
console.log('payment-1:', first, '\npayment-1 again, same run:', again);
assert.deepEqual(again, first);
assert.deepEqual(first, { balance: 10, round: 1 });

await handle.signal('next');
await wait(2000);
const late = await pay();
console.log('payment-1 again, after continue-as-new:', late);
assert.deepEqual(late, { balance: 20, round: 2 });
await handle.terminate();

worker.shutdown();
await running;
JS
node try.mjs "$port"
