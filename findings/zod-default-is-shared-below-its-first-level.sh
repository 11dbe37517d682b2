#!/usr/bin/env bash
# Guessed:  each parse gets a default value of its own (or, by the other guess, always the very same one).
# Happens:  a default is copied one level deep. An array or a plain object is new each time, but what is within
#           it is the same for all, and so is a Date, and all of .catch([]). What one caller changes there is the
#           next one's default. .prefault(), and a function that returns the value, give a new one each time.
# Matters:  settings of a house are an object with lists in it, filled in by default. One request that adds to
#           its list changes the defaults of all later ones until the process ends; the test with
#           .default([]) that was to rule this out passes.
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

// One caller parses and changes what it got; what does the next one get?
function next(what, schema, input, change) {
  change(schema.parse(input));
  const seen = JSON.stringify(schema.parse(input));
  console.log(what.padEnd(48), seen);
  return seen;
}

const numbers = z.array(z.number());
const add = (list) => void list.push(7);
assert.equal(next('array, default([])', numbers.default([]), undefined, add), '[]');

const house = z.object({ fees: numbers, open: z.boolean() });
const fees = (settings) => add(settings.fees);
const open = (settings) => void (settings.open = true);
const settings = { fees: [], open: false };
assert.equal(next('object, its own key changed', house.default(settings), undefined, open), '{"fees":[],"open":false}');
assert.equal(next('object, the list within changed', house.default(settings), undefined, fees), '{"fees":[7],"open":false}');
const rows = z.array(numbers).default([[]]);
assert.equal(next('array of arrays, the inner changed', rows, undefined, (list) => add(list[0])), '[[7]]');

const since = z.date().default(new Date(0));
const later = (date) => void date.setUTCFullYear(2030);
assert.equal(next('date, default(new Date(0))', since, undefined, later), '"2030-01-01T00:00:00.000Z"');
assert.equal(next('array, catch([])', numbers.catch([]), 'no list', add), '[7]');

const fresh = () => ({ fees: [], open: false });
assert.equal(next('object, default(() => ..)', house.default(fresh), undefined, fees), '{"fees":[],"open":false}');
assert.equal(next('object, prefault({..})', house.prefault(fresh()), undefined, fees), '{"fees":[],"open":false}');
assert.equal(next('array, catch(() => [])', numbers.catch(() => []), 'no list', add), '[]');
JS
node try.mjs
