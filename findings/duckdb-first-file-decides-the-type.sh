#!/usr/bin/env bash
# Guessed:  reading Parquet files whose column is an integer in one and DECIMAL(18,2) in another either
#           widens to DECIMAL or is refused, as a missing column is.
# Happens:  the first file's type holds for all. The amounts of later files are rounded to it without a word:
#           the sum is wrong, and a filter finds the row neither by its true amount nor by the one shown.
#           With the files in the other order, or with union_by_name, the sum is right.
# Matters:  monthly reports lie beside each other for years. Once the type of a column has been mended, a
#           query over all months loses cents, and which query does depends on the names of the files.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @duckdb/node-api@1.5.6-r.1

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { DuckDBInstance, version } from '@duckdb/node-api';

console.log('DuckDB', version(), 'node', process.version);
const connection = await (await DuckDBInstance.create()).connect();
async function rows(sql) {
  const found = (await connection.runAndReadAll(sql)).getRowsJson();
  console.log(sql, '\n  ->', JSON.stringify(found));
  return found;
}

await connection.run(`copy (select 'A' as sale, 10::bigint as amount) to '2026-01.parquet'`);
await connection.run(`copy (select 'B' as sale, 4.75::decimal(18,2) as amount) to '2026-02.parquet'`);
await connection.run(`copy (select 'C' as sale, 0.40::decimal(18,2) as amount) to '2026-03.parquet'`);

const months = `'2026-*.parquet'`;
assert.deepEqual(await rows(`select sale, amount from ${months} order by sale`), [['A', '10'], ['B', '5'], ['C', '0']]);
assert.deepEqual(await rows(`select sum(amount) from ${months}`), [['15']]);
assert.deepEqual(await rows(`select sale from ${months} where amount = 4.75`), []);
assert.deepEqual(await rows(`select sale from ${months} where amount = 5`), []);

const newestFirst = `read_parquet(['2026-03.parquet', '2026-02.parquet', '2026-01.parquet'])`;
assert.deepEqual(await rows(`select sum(amount) from ${newestFirst}`), [['15.15']]);
const byName = `read_parquet(${months}, union_by_name = true)`;
assert.deepEqual(await rows(`select sum(amount) from ${byName}`), [['15.15']]);
assert.deepEqual(await rows(`select sale from ${byName} where amount = 4.75`), [['B']]);

// What is missing is refused, so a reader would expect the same of what does not fit.
await connection.run(`copy (select 'D' as sale) to '2026-04.parquet'`);
await assert.rejects(connection.run(`select amount from ${months}`), /schema mismatch/i);
console.log('a file without the column is refused');
JS
node try.mjs
