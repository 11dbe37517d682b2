#!/usr/bin/env bash
# Guessed:  the median of 1.00 and 1.01 is 1.005, or as a DECIMAL(18,2) it is rounded as round() rounds: 1.01.
# Happens:  median() and quantile_cont() of a DECIMAL stay in its type and are always brought down to the lower
#           cent: 1.00, and -1.01 for -1.00 and -1.01. Of a BIGINT, or a DOUBLE, the same median is exact; of a
#           DECIMAL(18,0) that holds the very same whole numbers it is off by a half.
# Matters:  medians of prices or fees by group are low by up to a cent each, never high, so they add up; a report
#           that keeps cents as DECIMAL(18,0) in place of BIGINT shows other medians. Cast before the median.
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
async function ask(expression, type, ...amounts) {
  const values = amounts.map((amount) => `(${amount}::${type})`).join(', ');
  const sql = `select (${expression})::varchar, typeof(${expression}) from (values ${values}) bids(amount)`;
  const [[value, resultType]] = (await connection.runAndReadAll(sql)).getRowsJson();
  console.log(`${expression} of ${type} ${amounts.join(' and ')}`.padEnd(64), value, resultType);
  return value;
}

assert.equal(await ask('median(amount)', 'decimal(18,2)', '1.00', '1.01'), '1.00');
assert.equal(await ask('median(amount)', 'decimal(18,2)', '1.01', '1.02'), '1.01');
assert.equal(await ask('median(amount)', 'decimal(18,2)', '-1.00', '-1.01'), '-1.01');
assert.equal(await ask('quantile_cont(amount, 0.99)', 'decimal(18,2)', '1.00', '1.01'), '1.00');
assert.equal(await ask('median(amount::double)', 'decimal(18,2)', '1.00', '1.01'), '1.005');
assert.equal(await ask('round(avg(amount)::decimal(18,3), 2)', 'decimal(18,2)', '1.00', '1.01'), '1.01');
assert.equal(await ask('median(amount)', 'decimal(18,0)', '3', '4'), '3');
assert.equal(await ask('median(amount)', 'bigint', '3', '4'), '3.5');

// A thousand pairs a cent apart, as in a report by group: what the medians leave out.
const groups = `(select pair, (pair + step * 0.01)::decimal(18,2) as amount
  from range(1000) pairs(pair), range(2) steps(step))`;
const sums = `select sum(m)::varchar, sum(exact)::decimal(18,2)::varchar
  from (select median(amount) as m, median(amount::double) as exact from ${groups} group by pair)`;
const [[cut, exact]] = (await connection.runAndReadAll(sums)).getRowsJson();
console.log('sum of 1000 medians:', cut, 'in place of', exact);
assert.deepEqual([cut, exact], ['499500.00', '499505.00']);
JS
node try.mjs
