import { expect, it } from 'vitest';
import { differences, type Observed } from './compare.ts';

const observed: Observed = {
  accepted: false,
  reason: 'bid_too_low',
  price: 1_000,
  leader: 'A',
  nextMinBid: 1_050,
  reserveMet: true,
};

it('compares only what is expected', () => {
  expect(differences({}, observed)).toEqual([]);
  expect(differences({ price: 1_000, leader: 'A' }, observed)).toEqual([]);
});

it('names every field that differs', () => {
  expect(differences({ accepted: true, price: 900, reserveMet: true }, observed)).toEqual([
    { field: 'accepted', expected: true, got: false },
    { field: 'price', expected: 900, got: 1_000 },
  ]);
});

it('expects no leader where null is given', () => {
  expect(differences({ leader: null }, observed)).toHaveLength(1);
  expect(differences({ leader: null }, { ...observed, leader: null })).toEqual([]);
});

it.each([
  ['BELOW_MIN_INCREMENT', 'bid_too_low'],
  ['BELOW_START', 'bid_below_start'],
  ['NOT_ABOVE_OWN_MAX', 'not_above_own_maximum'],
  ['Auction_Ended', 'auction_ended'],
])('knows the reason %s as %s', (reason, code) => {
  expect(differences({ reason }, { ...observed, reason: code })).toEqual([]);
  expect(differences({ reason }, { ...observed, reason: 'other' })).toHaveLength(1);
});

it('misses a reason where the step was accepted', () => {
  const accepted = { ...observed, accepted: true, reason: undefined };
  expect(differences({ reason: 'BELOW_START' }, accepted)).toEqual([
    { field: 'reason', expected: 'BELOW_START', got: null },
  ]);
});
