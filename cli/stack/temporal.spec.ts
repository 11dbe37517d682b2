import { expect, it } from 'vitest';
import { isVersionNewEnough } from './temporal.ts';

it.each([
  ['temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)', true],
  ['temporal version 1.12.0 (Server 1.31.0, UI 2.45.0)', true],
  ['temporal version 2.0.0', true],
  ['temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)', true],
  ['temporal version 1.4.1 (Server 1.28.0, UI 2.39.0)', false],
  ['temporal version 0.13.2', false],
  ['tempo 3', false],
])('%s: new enough is %s', (output, expected) => {
  expect(isVersionNewEnough(output)).toBe(expected);
});
