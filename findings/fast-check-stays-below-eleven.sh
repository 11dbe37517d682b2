#!/usr/bin/env bash
# Guessed:  fc.array(x, { maxLength: 1000 }) makes arrays of up to 1000, fc.string({ maxLength: 255 }) texts
#           of up to 255 and fc.commands(.., { maxCommands: 1000 }) up to 1000 commands, the long ones rarely.
# Happens:  none is ever longer than 10, however many runs: the largest length is allowed, but the size in
#           force ("small") ends at twice the smallest length plus ten. Only size or minLength goes further.
# Matters:  a property over long histories of bids, pages of a ledger or batches passes for ever, and has
#           never seen the second page, the eleventh bidder or a batch that is split.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . fast-check@4.10.2

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';

console.log('fast-check', JSON.parse(readFileSync('node_modules/fast-check/package.json')).version, 'node', process.version);

function longest(arbitrary, runs, lengthOf = (value) => value.length) {
  let most = 0;
  for (const seed of [1, 2, 3]) {
    const property = fc.property(arbitrary, (value) => void (most = Math.max(most, lengthOf(value))));
    fc.assert(property, { numRuns: runs, seed });
  }
  return most;
}

class Bid {
  check = () => true;
  run = (model) => void model.bids++;
  toString = () => 'bid';
}
function playedBids(commands) {
  const model = { bids: 0 };
  fc.modelRun(() => ({ model, real: {} }), commands);
  return model.bids;
}

const amount = fc.integer({ min: 1, max: 1000 });
const seen = {
  'array, maxLength 1000': longest(fc.array(amount, { maxLength: 1000 }), 10_000),
  'string, maxLength 255': longest(fc.string({ maxLength: 255 }), 10_000),
  'commands, maxCommands 1000': longest(fc.commands([fc.constant(new Bid())], { maxCommands: 1000 }), 3_000, playedBids),
  'array, minLength 5, maxLength 1000': longest(fc.array(amount, { minLength: 5, maxLength: 1000 }), 10_000),
  "array, maxLength 1000, size 'max'": longest(fc.array(amount, { maxLength: 1000, size: 'max' }), 200),
};
console.table(seen);
assert.equal(seen['array, maxLength 1000'], 10);
assert.equal(seen['string, maxLength 255'], 10);
assert.equal(seen['commands, maxCommands 1000'], 10);
assert.equal(seen['array, minLength 5, maxLength 1000'], 20);
assert.ok(seen["array, maxLength 1000, size 'max'"] > 500);

// A total that forgets everything after the tenth bid is never caught.
const forgetful = (bids) => bids.slice(0, 10).reduce((sum, bid) => sum + bid, 0);
const right = (bids) => forgetful(bids) === bids.reduce((sum, bid) => sum + bid, 0);
const found = (options) =>
  fc.check(fc.property(fc.array(amount, { maxLength: 1000, ...options }), right), { numRuns: 10_000, seed: 1 }).failed;
console.log('found the fault at the eleventh bid:', found({}), "with size 'max':", found({ size: 'max' }));
assert.equal(found({}), false);
assert.equal(found({ size: 'max' }), true);
JS
node try.mjs
