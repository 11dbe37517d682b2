#!/usr/bin/env bash
# Guessed:  sleep(50) in a workflow takes about 50 ms, and some milliseconds for the round trip.
# Happens:  it takes a second, as does every timer of 1 to 1000 ms; one of 1100 ms takes 1100. The server looks
#           ahead in its timers by a second (history.timerProcessorMaxTimeShift), and puts no timer before what
#           it has looked at. With 100 ms there, sleep(50) takes 100 ms and sleep(200) takes 200.
# Matters:  a workflow that polls every 100 ms polls once a second, and a step of ten short pauses takes ten
#           seconds. A time-skipping test server jumps over them all, so tests do not show it.
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
cat > workflows.mjs <<'JS'
import { sleep } from '@temporalio/workflow';

export async function pauses(lengths) {
  const took = [];
  for (const length of lengths) {
    const start = Date.now();
    await sleep(length);
    took.push(Date.now() - start);
  }
  return took;
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

const lengths = [1, 50, 200, 500, 900, 1100, 1400];
const args = [[...lengths]];
const took = await client.workflow.execute('pauses', { taskQueue: 'q', workflowId: 'pauses', args });
console.log('history.timerProcessorMaxTimeShift:', process.argv[3], 'ms');
console.table(lengths.map((asked, index) => ({ 'asked, ms': asked, 'took, ms': took[index] })));
const shift = Number(process.argv[3]);
lengths.forEach((asked, index) => {
  const least = Math.max(asked, shift - 50);
  assert.ok(took[index] >= least && took[index] < least + 350, `${asked} took ${took[index]}`);
});

worker.shutdown();
await running;
JS
for shift in 1000 100; do
  port=$(node -e 'const s = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  options=(--dynamic-config-value "history.timerProcessorMaxTimeShift=\"${shift}ms\"")
  [ "$shift" != 1000 ] || options=() # that is the default
  "$temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" --log-level never "${options[@]}" >/dev/null 2>&1 &
  server=$!
  node try.mjs "$port" "$shift"
  kill "$server" && wait "$server" || true
  server=
done
