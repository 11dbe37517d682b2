#!/usr/bin/env bash
# Guessed:  z.string().regex(/^\d+$/).refine((text) => BigInt(text) > 0n) asks the refinement only about texts of
#           digits, and safeParse() never throws for what a client has sent.
# Happens:  a failed regex, min, url or iso.date does not end the checks: the refinement, also one of the object
#           around it, gets the text that has failed, and what it throws comes out of safeParse(). A wrong type
#           does end them, and so does .transform(). With { abort: true }, or behind .pipe(), it is as guessed.
# Matters:  amounts and dates are checked by pattern first and by value afterwards. Tests with a number or with
#           nothing in the place of the text pass; an amount of "12,50" is then a 500 in place of a 400.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . zod@4.6.7

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

console.log('zod', JSON.parse(readFileSync('node_modules/zod/package.json')).version, 'node', process.version);

function outcome(schema, input) {
  try {
    return schema.safeParse(input).success ? 'accepted' : 'refused';
  } catch (error) {
    return `safeParse threw ${error.name}: ${error.message}`;
  }
}
function show(what, schema, input) {
  const seen = outcome(schema, input);
  console.log(`${what.padEnd(42)} ${JSON.stringify(input).padEnd(20)} ${seen}`);
  return seen;
}

const digits = z.string().regex(/^\d+$/);
const positive = (text) => BigInt(text) > 0n;
const amount = digits.refine(positive);
assert.equal(show('regex, refine', amount, '1250'), 'accepted');
assert.equal(show('regex, refine', amount, 1250), 'refused');
assert.match(show('regex, refine', amount, '12,50'), /threw SyntaxError/);

const bid = z.object({ amount: digits }).refine((value) => positive(value.amount));
assert.equal(show('object with regex, refine', bid, {}), 'refused');
assert.match(show('object with regex, refine', bid, { amount: '12,50' }), /threw SyntaxError/);

const day = z.iso.date().refine((text) => new Date(text).toISOString() > '2026');
assert.match(show('iso.date, refine', day, 'tomorrow'), /threw RangeError/);
const secure = z.url().refine((text) => new URL(text).protocol === 'https:');
assert.match(show('url, refine', secure, 'example'), /threw TypeError/);

assert.equal(show('regex, transform', digits.transform(BigInt), '12,50'), 'refused');
const ending = z.string().regex(/^\d+$/, { abort: true }).refine(positive);
assert.equal(show('regex with abort, refine', ending, '12,50'), 'refused');
assert.equal(show('regex, pipe, refine', digits.pipe(z.string().refine(positive)), '12,50'), 'refused');
const guarded = z.object({ amount: ending }).refine((value) => positive(value.amount));
assert.equal(show('object with regex with abort, refine', guarded, { amount: '12,50' }), 'refused');
JS
node try.mjs
