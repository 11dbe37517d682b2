import { expect, it } from 'vitest';
import { isPlayable, lateBidsOf } from './soft-close.ts';

const policy = { window: 60, mode: 'addToEnd', extendBy: 90 } as const;
const vector = {
  id: 'S1',
  policy,
  end: '20:00:00',
  bids: [
    { at: '19:59:23', newEnd: '20:01:30' },
    { at: '20:00:10', newEnd: '20:01:30' },
    { at: '20:00:45', newEnd: '20:03:00' },
  ],
};

it('counts each bid from the end as the bids before it left it', () => {
  expect(lateBidsOf(vector)).toMatchObject([
    { step: 1, left: 37, extensionsLeft: null, expected: { movedBy: 90, leaves: 127 } },
    { step: 2, left: 80, extensionsLeft: null, expected: { movedBy: 0, leaves: 80 } },
    { step: 3, left: 45, extensionsLeft: null, expected: { movedBy: 90, leaves: 135 } },
  ]);
});

it('cannot play a bid after the last extension', () => {
  const limited = { ...vector, policy: { ...policy, maxExtensions: 1 } };
  expect(lateBidsOf(limited).map(isPlayable)).toEqual([true, false, false]);
});
