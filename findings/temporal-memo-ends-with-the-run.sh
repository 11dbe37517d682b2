#!/usr/bin/env bash
# Guessed:  what a workflow has put into its memo and its search attributes goes along when it continues as
#           new: either both do, or neither.
# Happens:  the search attributes go along as they were last; the memo falls back to what the client gave at
#           the very first start. What upsertMemo added or changed is gone, without an error. Only a memo
#           handed to makeContinueAsNewFunc survives.
# Matters:  a long auction continues as new after some thousand events. A console that shows its stage from
#           the memo is right until then, and shows the first day's stage afterwards.
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
"$temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" --log-level never \
  --search-attribute Stage=Keyword >/dev/null 2>&1 &
server=$!

cat > workflows.mjs <<'JS'
import * as workflow from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';

export const known = workflow.defineQuery('known');
const stage = defineSearchAttributeKey('Stage', 'KEYWORD');

export async function auction(hands, round = 1) {
  workflow.setHandler(known, () => {
    const { memo, typedSearchAttributes } = workflow.workflowInfo();
    return { round, memo, stage: typedSearchAttributes.get(stage) };
  });
  if (round === 2) return workflow.condition(() => false);
  workflow.upsertMemo({ stage: 'bidding', note: 'extended twice' });
  workflow.upsertSearchAttributes([{ key: stage, value: 'bidding' }]);
  await workflow.sleep('3 seconds');
  const options = hands ? { memo: workflow.workflowInfo().memo } : {};
  await workflow.makeContinueAsNewFunc(options)(hands, 2);
}
JS

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';

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

const attributes = defineSearchAttributeKey('Stage', 'KEYWORD');
async function rounds(hands) {
  const workflowId = `auction-${hands}`;
  await client.workflow.start('auction', {
    taskQueue: 'q',
    workflowId,
    args: [hands],
    memo: { stage: 'announced' },
    typedSearchAttributes: [{ key: attributes, value: 'announced' }],
  });
  const handle = client.workflow.getHandle(workflowId);
  await wait(1000);
  const before = await handle.query('known');
  let after;
  do {
    await wait(500);
    after = await handle.query('known');
  } while (after.round === 1);
  const { memo } = await handle.describe();
  console.log(before, '\n  continued as new:', after, '\n  the client sees:', memo);
  await handle.terminate();
  assert.deepEqual(memo, after.memo);
  return [before, after];
}

console.log('without a word about the memo');
let [before, after] = await rounds(false);
assert.deepEqual(before.memo, { stage: 'bidding', note: 'extended twice' });
assert.equal(after.stage, 'bidding');
assert.deepEqual(after.memo, { stage: 'announced' });
console.log('the memo handed on');
[before, after] = await rounds(true);
assert.deepEqual(after.memo, before.memo);

worker.shutdown();
await running;
JS
node try.mjs "$port"
