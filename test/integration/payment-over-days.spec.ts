import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createAuctionActivities } from '../../src/activities/auction/auction.activities.ts';
import type { Activities } from '../../src/activities/index.ts';
import { createPaymentActivities } from '../../src/activities/payment/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment/reassignment.activities.ts';
import { Offer, Payment } from '../../src/database/entities/index.ts';
import { workflowIds } from '../../src/workflows/messages.ts';
import { clientOf, startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import type { TestDatabase } from '../support/database.ts';
import { createDatabaseWithMovingClock, MovingClocks } from '../support/moving-clocks.ts';
import { Rows } from '../support/rows.ts';
import { Stage, type Play } from '../support/stage.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

// The real workflows and activities on PostgreSQL and the PayPal simulator, over days: the clocks of
// all three skip together. No webhook arrives, so whatever is found out is found by asking.

let stage: Stage;
let test: TestDatabase;
let harness: Harness;
let rows: Rows;
let activities: Partial<Activities>;
let auctionId: string;
let beforeCapture: (() => Promise<void>) | undefined;

describeWithTimeSkipping('a payment over days', () => {
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage?.close());
  beforeEach(async () => {
    test = await createDatabaseWithMovingClock();
    harness = await startHarness();
    rows = new Rows(test.pool);
    const clocks = new MovingClocks(test, harness);
    await clocks.moveTo(await stage.now());
    activities = inTime(clocks, {
      ...createAuctionActivities({ database: test.database }),
      ...createReassignmentActivities({ database: test.database }),
      ...createPaymentActivities({
        database: test.database,
        paypal: clientOf(harness.simulator),
        returnUrl: 'https://shop.example/paid',
      }),
    });
    auctionId = await rows.wonAuction();
    return async () => {
      await harness.close();
      await test.drop();
    };
  });

  it('by echeck takes six days and completes, though the window was four', async () => {
    const end = await sell(async (play) => {
      await approve('echeck');
      await reach('pending', play);
      await stage.pass('6 days');

      expect(await payment()).toMatchObject({ state: 'pending', pendingReason: 'ECHECK' });
      expect(await offerState()).toBe('accepted');
      await settle('completed');
    });

    expect(end).toBe('paid');
    expect(await payment()).toMatchObject({ state: 'captured', pendingReason: null });
    expect(await noticesFor('anna')).toEqual([
      'payment_due',
      'payment_pending',
      'payment_received',
    ]);
    expect(await noticesFor('operators')).toEqual(['payment_pending']);
  });

  it('by echeck that the bank denies after the window is over, and so is the offer', async () => {
    const end = await sell(async (play) => {
      await approve('echeck');
      await reach('pending', play);
      await stage.pass('5 days');
      await settle('denied');
    });

    expect(end).toBe('unsold');
    expect((await payment()).state).toBe('expired');
    expect(await offerState()).toBe('lapsed');
    expect(await noticesFor('anna')).toContain('payment_refused');
  });

  it('that PayPal reviews and denies within the window is paid another way, with another order', async () => {
    const end = await sell(async (play) => {
      await approve('reviewed');
      await reach('pending', play);
      const { paypalOrderId: first } = await payment();
      await stage.pass('1 day');
      await settle('denied');
      await reach('created', play);
      await vi.waitFor(async () => expect((await payment()).paypalOrderId).not.toBeNull());
      expect((await payment()).paypalOrderId).not.toBe(first);
      await approve('good');
    });

    expect(end).toBe('paid');
    expect(await payment()).toMatchObject({ state: 'captured', orderNumber: 2, refusals: 1 });
    expect((await effects()).capture).toBe(2); // The one that was denied, and the one that paid.
  });

  it('begun on the third day is paid, though PayPal forgets an order after hours', async () => {
    const end = await sell(async (play) => {
      const { payUntil } = await payment();
      await stage.pass('3 days');
      const { orderNumber, ...now } = await payment();
      expect(orderNumber).toBeGreaterThan(10);
      expect(now.payUntil.getTime() - payUntil.getTime()).toBeLessThan(3_600_000);
      await approve('good');
      await play.news(workflowIds.payment(now.id));
    });

    expect(end).toBe('paid');
    expect(await noticesFor('anna')).toEqual(
      expect.arrayContaining(['payment_due', 'payment_reminder', 'payment_reminder']),
    );
  });

  it('whose answer was lost is not taken twice when PayPal is back after 7 hours, its key forgotten', async () => {
    const end = await sell(async (play) => {
      losePayPalWithTheCapture('reset-after-effect');
      await approve('good');
      await reach('unknown', play);
      await stage.pass('7 hours');
      expect((await payment()).state).toBe('unknown');
      await harness.control('DELETE', 'faults');
    });

    expect(end).toBe('paid');
    expect((await effects()).capture).toBe(1);
  });

  it('whose answer was lost is found in the seller’s name, where PayPal tells nobody else of the order', async () => {
    const end = await sell(async (play) => {
      losePayPalWithTheCapture('reset-after-effect');
      await approve('good');
      await reach('unknown', play);
      await harness.control('PUT', 'partner', { report: 'own', orders: 'asSeller' });
      await stage.pass('7 hours');
      await harness.control('DELETE', 'faults');
    });

    expect(end).toBe('paid');
    expect((await effects()).capture).toBe(1);
  });

  it.each(['all', 'own'])(
    'whose answer was lost and whose order PayPal has forgotten stays unknown, and is not asked for again (report: %s)',
    async (report) => {
      const end = await sell(async (play) => {
        await harness.control('PUT', 'partner', { report });
        losePayPalWithTheCapture('reset-before-effect');
        await approve('good');
        await reach('unknown', play);
        const { paypalOrderId } = await payment();
        await stage.pass('7 hours');
        await harness.control('DELETE', 'faults');
        await stage.pass('2 days');

        expect(await payment()).toMatchObject({ state: 'unknown', orderNumber: 1, paypalOrderId });
        expect(await noticesFor('anna')).toEqual(['payment_due']);
        expect(await causesFor('operators')).toContain('ORDER_FORGOTTEN');
        expect((await effects()).capture).toBe(0);
        // Somebody has looked it up, and ends the sale.
        const { id, offerId } = await payment();
        await rows.force('payment', id, 'expired');
        await rows.force('offer', offerId, 'lapsed');
      });
      expect(end).toBe('unsold');
    },
  );
});

/** Every step is taken with all clocks at the workflow's time. */
function inTime(clocks: MovingClocks, given: Partial<Activities>): Partial<Activities> {
  const moved = Object.entries(given).map(([name, step]) => [
    name,
    async (...input: never[]) => {
      await clocks.moveTo(await stage.now());
      if (name === 'capture') await beforeCapture?.();
      return (step as (...input: never[]) => Promise<unknown>)(...input);
    },
  ]);
  return Object.fromEntries(moved) as Partial<Activities>;
}

/** Sells to the winner; what happens meanwhile begins when there is something to pay. */
function sell(meanwhile: (play: Play) => Promise<void>) {
  return stage.play(activities, async (play) => {
    const id = workflowIds.reassignment(auctionId);
    const handle = await play.start('reassignment', id, { auctionId });
    await vi.waitFor(async () => expect((await payment()).paypalOrderId).not.toBeNull(), PATIENCE);
    await meanwhile(play);
    return handle.result();
  });
}

const PATIENCE = { timeout: 20_000, interval: 100 };

/** Waits, in real time, until the payment has come to a state; it is told to look. */
async function reach(state: Payment['state'], play: Play): Promise<void> {
  await vi.waitFor(async () => {
    const { id, state: now } = await payment();
    if (now !== state) await play.news(workflowIds.payment(id));
    expect(now).toBe(state);
  }, PATIENCE);
}

/** From the first capture on PayPal cannot be asked; of the capture itself no answer is heard. */
function losePayPalWithTheCapture(kind: 'reset-after-effect' | 'reset-before-effect'): void {
  beforeCapture = async () => {
    beforeCapture = undefined;
    await fault({ operation: 'orders.capture', kind, times: 1 });
    await fault({ operation: 'orders.get', kind: '503' });
  };
}

const payment = () => test.database.manager.findOneByOrFail(Payment, { auctionId });
const offerState = async () =>
  (await test.database.manager.findOneByOrFail(Offer, { auctionId })).state;
const approve = async (source: string) =>
  harness.control('POST', `orders/${(await payment()).paypalOrderId}/approve`, { source });
const fault = (plan: object) => harness.control('POST', 'faults', plan);

/** The bank or PayPal comes to an end with what is pending. */
async function settle(result: 'completed' | 'denied'): Promise<void> {
  const order = await harness.paypal.orders.get((await payment()).paypalOrderId!);
  await harness.control('POST', `captures/${order.capture!.captureId}/settle`, { result });
}

async function noticesFor(recipientId: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ kind: string }>(
    'SELECT kind FROM notice WHERE recipient_id = $1 ORDER BY created_at, id',
    [recipientId],
  );
  return found.map(({ kind }) => kind);
}

async function causesFor(recipientId: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ cause: string }>(
    'SELECT cause FROM notice WHERE recipient_id = $1',
    [recipientId],
  );
  return found.map(({ cause }) => cause);
}

async function effects(): Promise<{ capture: number }> {
  const { totals } = await harness.control<{ totals: { capture?: { count: number } } }>(
    'GET',
    'effects',
  );
  return { capture: totals.capture?.count ?? 0 };
}
