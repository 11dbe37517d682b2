import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { BidLane, BidQueueFull } from './bid-lane.ts';

describe('the lane of bids', () => {
  it('tells who comes when 10,000 bids are waiting to come back, and keeps nobody waiting for that', async () => {
    const stuck = { connect: () => new Promise(() => {}) } as unknown as pg.Pool;
    const lane = new BidLane(stuck);
    const place = (n: number) =>
      lane.place({ auctionId: 'a', bidderId: 'b', maximumMinor: n, idempotencyKey: String(n) });

    for (let n = 0; n < 10_000; n++) void place(n);

    await expect(place(10_000)).rejects.toThrow(BidQueueFull);
  });

  it('goes on after a database that could not be reached', async () => {
    let refusals = 0;
    const absent = {
      connect: () => Promise.reject(new Error(`refused ${++refusals}`)),
    } as unknown as pg.Pool;
    const lane = new BidLane(absent);
    const place = (key: string) =>
      lane.place({ auctionId: 'a', bidderId: 'b', maximumMinor: 1, idempotencyKey: key });

    await expect(place('1')).rejects.toThrow('refused 1');
    await expect(place('2')).rejects.toThrow('refused 2');
  });
});
