#!/usr/bin/env bash
# Guessed:  app.close() ends as soon as the last request under way has been answered; idle connections are closed.
# Happens:  only those that are idle at the moment of close() are. A request that is under way is answered with
#           "Connection: keep-alive", its connection becomes idle after that, and close() waits for it: 72 s
#           by default, as long as the client keeps it. A header "Connection: close" on it ends the wait at once.
# Matters:  one request during SIGTERM and the process stays for another 72 s: longer than most supervisors wait
#           before SIGKILL, so what should follow close() (flush logs, leave the pool) never runs. Tests do
#           not show it, as they close when nothing is under way.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . fastify@5.12.8

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import fastify from 'fastify';

console.log('Fastify', JSON.parse(readFileSync('node_modules/fastify/package.json')).version, 'node', process.version);
const since = (start) => Math.round(performance.now() - start);

async function closeDuringRequest(what, { last = false, ...options }) {
  const app = fastify(options);
  let closing = false;
  app.addHook('onSend', async (request, reply) => void (closing && last && reply.header('connection', 'close')));
  app.get('/', async () => wait(500, { ok: true }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });

  const start = performance.now();
  const answered = fetch(url).then(async (response) => {
    await response.json();
    return `${since(start)} ms, connection: ${response.headers.get('connection')}`;
  });
  await wait(200);
  closing = true;
  const closed = app.close().then(() => since(start));
  console.log(`${what}: answered after ${await answered}`);
  const took = await closed;
  console.log(`  closed after ${took} ms`);
  return took;
}

const kept = await closeDuringRequest('as it is', {});
const shorter = await closeDuringRequest('keepAliveTimeout 3000', { keepAliveTimeout: 3000 });
const ended = await closeDuringRequest('"Connection: close" on what is under way', { last: true });
assert.ok(kept > 60_000 && kept < 80_000);
assert.ok(shorter > 1000 && shorter < 8000);
assert.ok(ended < 1500);

const idle = fastify();
idle.get('/', async () => ({ ok: true }));
await (await fetch(await idle.listen({ host: '127.0.0.1', port: 0 }))).json();
const start = performance.now();
await idle.close();
console.log(`nothing under way, one idle connection: closed after ${since(start)} ms`);
assert.ok(since(start) < 1000);
JS
node try.mjs
