import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPaymentActivities } from '../../src/activities/payment/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment/reassignment.activities.ts';
import { BidLane } from '../../src/services/bidding/lane/bid-lane.ts';
import { whyMayNotBuy } from '../../src/services/eligibility/read-buyers.ts';
import { Auction, Offer, Payment } from '../../src/database/entities/index.ts';
import { clientOf, startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// Who may buy is one question, whether it is asked of a bid, an offer, its acceptance or a payment.

let test: TestDatabase;
let rows: Rows;
let api: TestApi;
let lane: BidLane;
let harness: Harness;
let operator: string;
let keys = 0;
const step = new MockActivityEnvironment();

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  lane = new BidLane(test.openLanePool());
  api = await startApi(test);
  operator = await api.token('otto', ['operator']);
});
beforeEach(async () => {
  await test.pool.query('DELETE FROM bidder; DELETE FROM seller_associate');
  harness = await startHarness();
  return () => harness.close();
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

describe('who may not bid', () => {
  const obstacles = {
    blocked: (bidder: string) => block(bidder),
    'of the seller': (bidder: string) => associate(bidder),
    'not approved for the sale': (bidder: string, sale: string) => admit(sale, bidder, false, 500),
    'without its deposit': (bidder: string, sale: string) => admit(sale, bidder, true, 499),
    'over the limit': (bidder: string) => limit(bidder, 4_999),
    'under the limit': (bidder: string) => limit(bidder, 5_000),
    'in no way hindered': () => Promise.resolve(),
  };

  // In every combination, so that the reasons come in the same order, too.
  const combinations = Object.keys(obstacles).reduce<string[][]>(
    (all, each) => [...all, ...all.map((names) => [...names, each])],
    [[]],
  );

  it.each([false, true])(
    'may not buy either, and for the same reason (of a sale: %s)',
    async (asks) => {
      for (const [i, names] of combinations.entries()) {
        const bidder = `bidder-${asks}-${i}`;
        const auctionId = await rows.auction();
        const sale = await saleOf(auctionId, asks);
        await admit(sale, bidder, true, 500);
        for (const name of names) await obstacles[name as keyof typeof obstacles](bidder, sale);

        const auction = await test.database.manager.findOneByOrFail(Auction, { id: auctionId });
        const refusal = await whyMayNotBuy(test.database.manager, auction, bidder, 5_000);
        const answer = await place(auctionId, bidder, 5_000);

        expect(answer.accepted ? undefined : answer.code, names.join(', ')).toBe(refusal);
      }
    },
  );
});

describe('a second chance', () => {
  it('passes over whoever may not bid, and operators see why', async () => {
    const auctionId = await awarded(
      { reserve: 2_000 },
      { bea: 1_000, dora: 3_000, carl: 4_000, emil: 5_000, fritz: 6_000, gina: 7_000, anna: 8_000 },
    );
    await retract(auctionId, 'dora');
    await close(auctionId);
    await block('carl');
    await associate('emil');
    await limit('fritz', 5_999);
    expect(await nextOffer(auctionId)).toMatchObject({ bidderId: 'anna', kind: 'winner' });
    await lapse(auctionId);
    expect(await nextOffer(auctionId)).toMatchObject({ bidderId: 'gina', priceMinor: 7_000 });
    await lapse(auctionId);

    expect(await nextOffer(auctionId)).toBeUndefined();

    const { json } = await api.get<{ passedOver: { bidderId: string; reason: string }[] }>(
      `/v1/offers?auctionId=${auctionId}`,
      { token: operator },
    );
    expect(json.passedOver.map(({ bidderId, reason }) => [bidderId, reason])).toEqual([
      ['fritz', 'spending_limit_exceeded'],
      ['emil', 'seller_may_not_bid'],
      ['carl', 'bidder_blocked'],
      ['bea', 'below_reserve'],
      ['dora', 'bid_retracted'],
    ]);
    const { json: herOwn } = await api.get('/v1/offers', {
      token: await api.token('gina', ['bidder']),
    });
    expect(herOwn.passedOver).toBeUndefined();
  });

  it('comes at once when the winner may not buy, and does not count the winner', async () => {
    const auctionId = await awarded(
      { policy: { secondChanceDepth: 1 } },
      { bea: 3_000, carl: 4_000, anna: 5_000 },
    );
    await close(auctionId);
    await block('anna');

    expect(await nextOffer(auctionId)).toMatchObject({
      bidderId: 'carl',
      priceMinor: 4_000,
      rank: 2,
      kind: 'second_chance',
    });
    await lapse(auctionId);
    await unblock('anna');
    expect(await nextOffer(auctionId)).toBeUndefined();
  });

  it('cannot be accepted by whoever may not bid any more, and is withdrawn', async () => {
    const auctionId = await secondChanceTo('bea');
    const offer = (await nextOffer(auctionId))!;
    const token = await api.token('bea', ['bidder']);
    await test.pool.query('DELETE FROM outbox');
    await block('bea');

    const answer = await api.post(`/v1/offers/${offer.id}/accept`, { token });

    expect(answer).toMatchObject({ status: 403, json: { code: 'bidder_blocked' } });
    expect(await woken()).toEqual([`reassignment:${auctionId}`]);
    expect(await run(reassignment().awaitAnswer, offer.id)).toEqual({
      done: true,
      state: 'withdrawn',
    });
  });

  it('cannot be accepted for more than the spending limit leaves', async () => {
    const auctionId = await secondChanceTo('bea');
    const offer = (await nextOffer(auctionId))!;
    await limit('bea', 2_999);
    const token = await api.token('bea', ['bidder']);

    expect(await api.post(`/v1/offers/${offer.id}/accept`, { token })).toMatchObject({
      status: 403,
      json: { code: 'spending_limit_exceeded' },
    });
    await limit('bea', 3_000);
    expect(await api.post(`/v1/offers/${offer.id}/accept`, { token })).toMatchObject({
      status: 200,
    });
  });
});

describe('a winner who may not buy any more', () => {
  it.each(['before the order', 'before the approval', 'before the capture'])(
    'pays nothing, %s; the piece goes to the next bidder',
    async (when) => {
      const auctionId = await awarded({ currency: 'USD' }, { bea: 3_000, anna: 5_000 });
      await close(auctionId);
      const paymentId = await paymentOf(auctionId);
      if (when !== 'before the order') await run(payments().openOrder, paymentId);
      if (when === 'before the capture') {
        await approve(paymentId);
        await run(payments().lookAtPayment, paymentId);
      }
      await test.pool.query('DELETE FROM outbox');
      await block('anna');
      expect(await woken()).toEqual([`payment:${paymentId}`]);

      await run(payments().openOrder, paymentId);
      if (when === 'before the capture') await run(payments().capture, paymentId);

      expect(await run(payments().lookAtPayment, paymentId)).toEqual({
        done: true,
        state: 'withdrawn',
      });
      expect(await captures()).toBe(0);
      const [offer] = await test.database.manager.findBy(Offer, { auctionId });
      expect(offer).toMatchObject({ bidderId: 'anna', state: 'withdrawn' });
      expect(await nextOffer(auctionId)).toMatchObject({ bidderId: 'bea', priceMinor: 3_000 });
    },
  );

  it.each(['declined', 'expired', 'withdrawn'])(
    'is awaited no longer once the payment that an earlier run has opened is %s',
    async (state) => {
      const auctionId = await awarded({ currency: 'USD' }, { bea: 3_000, anna: 5_000 });
      await close(auctionId);
      const paymentId = await paymentOf(auctionId);
      await rows.force('payment', paymentId, state);
      expect(await run(reassignment().awaitPayment, paymentId)).toMatchObject({ done: true });
    },
  );

  it('has bought what was captured before', async () => {
    const auctionId = await awarded({ currency: 'USD' }, { bea: 3_000, anna: 5_000 });
    await close(auctionId);
    const paymentId = await paymentOf(auctionId);
    await run(payments().openOrder, paymentId);
    await approve(paymentId);
    await run(payments().lookAtPayment, paymentId);
    await run(payments().capture, paymentId);
    await block('anna');

    expect(await run(payments().lookAtPayment, paymentId)).toMatchObject({ state: 'captured' });
    expect(await run(payments().capture, paymentId)).toBe('captured');
    expect(await captures()).toBe(1);
  });
});

const reassignment = () => createReassignmentActivities({ database: test.database });
const payments = () =>
  createPaymentActivities({
    database: test.database,
    paypal: clientOf(harness.simulator, 1_000),
    returnUrl: 'https://shop.example/paid',
  });

function run<A extends unknown[], R>(activity: (...args: A) => Promise<R>, ...args: A): Promise<R> {
  return step.run(activity as (...args: unknown[]) => Promise<R>, ...args);
}

const place = (auctionId: string, bidderId: string, maximumMinor: number) =>
  lane.place({ auctionId, bidderId, maximumMinor, idempotencyKey: `key-${++keys}` });

/** An auction with these bids, in their order. */
async function awarded(
  wanted: Parameters<Rows['auction']>[0],
  bids: Readonly<Record<string, number>>,
): Promise<string> {
  const auctionId = await rows.auction(wanted);
  for (const [bidder, maximum] of Object.entries(bids)) {
    expect(await place(auctionId, bidder, maximum)).toMatchObject({ accepted: true });
  }
  return auctionId;
}

const close = (auctionId: string) => rows.force('auction', auctionId, 'awarded');

/** Of an auction whose winner, anna, has not paid. */
async function secondChanceTo(bidder: string): Promise<string> {
  const auctionId = await awarded({}, { [bidder]: 3_000, anna: 5_000 });
  await close(auctionId);
  await nextOffer(auctionId);
  await lapse(auctionId);
  return auctionId;
}

async function nextOffer(auctionId: string): Promise<Offer | undefined> {
  const next = await run(reassignment().extendOffer, auctionId);
  return next && test.database.manager.findOneByOrFail(Offer, { id: next.offerId });
}

async function lapse(auctionId: string): Promise<void> {
  const offers = await test.database.manager.findBy(Offer, { auctionId });
  for (const { id } of offers) await rows.force('offer', id, 'lapsed');
}

async function paymentOf(auctionId: string): Promise<string> {
  return (await run(reassignment().openPayment, (await nextOffer(auctionId))!.id))!.paymentId;
}

async function approve(paymentId: string): Promise<void> {
  const { paypalOrderId } = await test.database.manager.findOneByOrFail(Payment, { id: paymentId });
  await harness.control('POST', `orders/${paypalOrderId}/approve`, { source: 'good' });
}

async function captures(): Promise<number> {
  const { totals } = await harness.control<{ totals: { capture?: { count: number } } }>(
    'GET',
    'effects',
  );
  return totals.capture?.count ?? 0;
}

async function woken(): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ workflow_id: string }>(
    'SELECT workflow_id FROM outbox',
  );
  return found.map(({ workflow_id }) => workflow_id);
}

const asOperator = async (path: string, body: object, headers = {}) =>
  expect(await api.post(path, { token: operator, body, headers })).toMatchObject({ status: 200 });

/** As who has read what is there. */
async function edit(path: string, body: object): Promise<void> {
  const { status, headers } = await api.get(path, { token: operator });
  await asOperator(path, body, status === 200 ? { 'if-match': String(headers.etag) } : {});
}

const block = (bidder: string) =>
  edit(`/v1/bidders/${bidder}`, { blockedReason: 'has not paid before' });
const unblock = (bidder: string) => edit(`/v1/bidders/${bidder}`, { blockedReason: null });
const limit = (bidder: string, amountMinor: number) =>
  test.pool.query(
    `INSERT INTO bidder (id, spending_limit_minor, spending_currency) VALUES ($1, $2, 'EUR')
     ON CONFLICT (id) DO UPDATE SET spending_limit_minor = $2, spending_currency = 'EUR'`,
    [bidder, amountMinor],
  );
const associate = (bidder: string) =>
  test.pool.query("INSERT INTO seller_associate VALUES ('seller', $1)", [bidder]);
const retract = (auctionId: string, bidderId: string) =>
  asOperator(`/v1/auctions/${auctionId}/retractions`, { bidderId, reason: 'a wrong amount' });

/** A sale for the auction; one that asks is for approved bidders with a deposit of 5.00. */
async function saleOf(auctionId: string, asks: boolean): Promise<string> {
  const { rows: sales } = await test.pool.query<{ id: string }>(
    `INSERT INTO sale (title, approval_required, deposit_minor, first_closes_at)
     VALUES ('Clocks', $1, CASE WHEN $1 THEN 500 END, now()) RETURNING id`,
    [asks],
  );
  const { id } = sales[0]!;
  await test.pool.query('UPDATE auction SET sale_id = $2 WHERE id = $1', [auctionId, id]);
  return id;
}

const admit = (sale: string, bidder: string, approved: boolean, depositMinor: number) =>
  edit(`/v1/sales/${sale}/bidders/${bidder}`, { approved, depositMinor });
