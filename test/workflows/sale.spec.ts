import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrived, msUntil, waitFor } from '../../src/activities/runtime/context.ts';
import { correlationHere } from '../../src/activities/runtime/correlation.ts';
import type { Activities } from '../../src/activities/index.ts';
import type { OfferState } from '../../src/domain/offer/lifecycle.ts';
import type { PaymentState } from '../../src/domain/payment/lifecycle.ts';
import { withCorrelation } from '../../src/messaging/correlation.ts';
import { workflowIds } from '../../src/workflows/messages.ts';
import { fakeActivities, Stage } from '../support/stage.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let stage: Stage;
let began: number;
let sales = 0;
let auctionId: string;
let id: string;

describeWithTimeSkipping('while nobody waits for the time to pass', () => {
  beforeAll(async () => void (stage = await Stage.open()));
  afterAll(() => stage?.close());
  describe('an auction', () => {
    beforeEach(async () => {
      began = await stage.now();
      auctionId = `sale-${++sales}`;
      id = workflowIds.auction(auctionId);
    });

    it('opens at its time, and closes at its time', async () => {
      const [opensAt, closesAt] = [began + 2 * HOUR, began + 5 * HOUR];
      const activities = fakeActivities({
        openIfDue: async () => (await until(opensAt)) ?? arrived('open'),
        closeIfDue: async () => (await until(closesAt)) ?? arrived('awarded'),
      });

      const { end, endedAt } = await stage.live('auction', id, { auctionId }, activities);

      expect(end).toBe('awarded');
      expectEnded(endedAt, 5 * HOUR);
      expect(activities.closeIfDue).toHaveBeenCalledTimes(2);
    });

    it('that a late bid has extended closes later', async () => {
      let closesAt = began + HOUR;
      const activities = fakeActivities({
        closeIfDue: async () => {
          const found = (await until(closesAt)) ?? arrived('awarded');
          // While the workflow sleeps, a bid moves the end; nobody tells the workflow.
          if (!found.done) closesAt = began + HOUR + 2 * MINUTE;
          return found;
        },
      });

      const { end, endedAt } = await stage.live('auction', id, { auctionId }, activities);

      expect(end).toBe('awarded');
      expectEnded(endedAt, HOUR + 2 * MINUTE);
      expect(activities.closeIfDue).toHaveBeenCalledTimes(3);
    });

    it('that is paused waits until it is resumed', async () => {
      let closesAt = began + HOUR;
      let paused = true;
      const activities = fakeActivities({
        closeIfDue: async () =>
          paused ? waitFor(null) : ((await until(closesAt)) ?? arrived('unsold')),
      });

      const { end, endedAt } = await stage.live(
        'auction',
        id,
        { auctionId },
        activities,
        async (play) => {
          await stage.pass('10 days');
          expect(await play.isRunning(id)).toBe(true);
          paused = false;
          closesAt = began + 11 * DAY;
          await play.news(id);
        },
      );

      expect(end).toBe('unsold');
      expectEnded(endedAt, 11 * DAY);
    });

    it('that is closed early ends at once', async () => {
      let closesAt = began + 10 * DAY;
      const activities = fakeActivities({
        closeIfDue: async () => (await until(closesAt)) ?? arrived('awarded'),
      });

      const { endedAt } = await stage.live(
        'auction',
        id,
        { auctionId },
        activities,
        async (play) => {
          await stage.pass('1 day');
          closesAt = began + DAY;
          await play.news(id);
        },
      );

      expectEnded(endedAt, DAY);
    });

    it('that is cancelled before its opening ends without opening', async () => {
      let cancelled = false;
      const activities = fakeActivities({
        openIfDue: async () => (cancelled ? arrived('cancelled') : waitFor(5 * DAY)),
        closeIfDue: async () => arrived('cancelled'),
      });

      const { end, endedAt } = await stage.live(
        'auction',
        id,
        { auctionId },
        activities,
        async (play) => {
          await stage.pass('1 day');
          cancelled = true;
          await play.news(id);
        },
      );

      expect(end).toBe('cancelled');
      expectEnded(endedAt, DAY);
    });
  });

  describe('a sale', () => {
    beforeEach(async () => {
      began = await stage.now();
      auctionId = `sale-${++sales}`;
      id = workflowIds.reassignment(auctionId);
    });

    it('ends paid when the winner pays, and nobody else is asked', async () => {
      const sale = aSale([{ paysAfter: 2 * HOUR }, { answers: 'accepted', paysAfter: HOUR }]);

      const { end, endedAt } = await reassign(sale.activities);

      expect(end).toBe('paid');

      expectEnded(endedAt, 2 * HOUR);
      expect(sale.states()).toEqual(['paid']);
      expect(sale.activities.endUnsold).not.toHaveBeenCalled();
    });

    it('goes to the second bidder, who accepts and pays, when the winner does not pay in time', async () => {
      const sale = aSale([{}, { answers: 'accepted', after: 3 * HOUR, paysAfter: HOUR }]);

      const { end, endedAt } = await reassign(sale.activities);

      expect(end).toBe('paid');

      expect(sale.states()).toEqual(['lapsed', 'paid']);
      expectEnded(endedAt, 4 * DAY + 4 * HOUR);
    });

    it('goes on to the third bidder when the second chance expires unanswered', async () => {
      const sale = aSale([{}, {}, { answers: 'accepted', after: HOUR, paysAfter: HOUR }]);

      const { end, endedAt } = await reassign(sale.activities);

      expect(end).toBe('paid');

      expect(sale.states()).toEqual(['lapsed', 'expired', 'paid']);
      expectEnded(endedAt, 4 * DAY + DAY + 2 * HOUR);
    });

    it('is over when the second bidder declines and nobody is left', async () => {
      const sale = aSale([{}, { answers: 'declined', after: HOUR }]);

      const { end, endedAt } = await reassign(sale.activities);

      expect(end).toBe('unsold');

      expect(sale.states()).toEqual(['lapsed', 'declined']);
      expect(sale.activities.endUnsold).toHaveBeenCalledExactlyOnceWith(auctionId, 'nobody_paid');
      expectEnded(endedAt, 4 * DAY + HOUR);
    });

    it('ends unsold when nobody pays', async () => {
      const sale = aSale([{}, { answers: 'accepted', after: HOUR }]);

      const { end, endedAt } = await reassign(sale.activities);

      expect(end).toBe('unsold');

      expect(sale.states()).toEqual(['lapsed', 'lapsed']);
      expectEnded(endedAt, 4 * DAY + HOUR + 4 * DAY);
    });

    it('goes on when PayPal declines the winner for good', async () => {
      const sale = aSale([
        { paysAfter: HOUR, refused: true },
        { answers: 'accepted', after: HOUR, paysAfter: HOUR },
      ]);

      const { end } = await reassign(sale.activities);

      expect(end).toBe('paid');

      expect(sale.states()).toEqual(['lapsed', 'paid']);
    });

    it('that the house ends before the payment is opened asks nobody more, when nobody is left', async () => {
      const sale = aSale([{ paysAfter: HOUR }]);
      sale.activities.openPayment = () => Promise.resolve(undefined);

      const { end } = await reassign(sale.activities);

      expect(end).toBe('unsold');
      expect(sale.activities.openOrder).not.toHaveBeenCalled();
    });

    it('carries the correlation id of the request that began it to every step', async () => {
      const seen: (string | undefined)[] = [];
      const sale = aSale([{ paysAfter: HOUR }]);
      const { extendOffer, capture } = sale.activities;
      const activities = {
        ...sale.activities,
        extendOffer: (given: string) => (seen.push(correlationHere()), extendOffer(given)),
        capture: (given: string) => (seen.push(correlationHere()), capture(given)),
      };

      await withCorrelation('c0ffee', () => reassign(activities));

      expect(seen).toEqual(['c0ffee', 'c0ffee']);
    });

    function reassign(activities: Activities) {
      return stage.live('reassignment', id, { auctionId }, activities);
    }
  });

  describe('a payment', () => {
    let paymentId: string;
    beforeEach(async () => {
      began = await stage.now();
      paymentId = `sale-${++sales}`;
      id = workflowIds.payment(paymentId);
    });

    it('is captured as soon as PayPal reports the approval', async () => {
      let approved = false;
      const activities = fakeActivities({
        lookAtPayment: async () => (approved ? arrived('approved') : waitFor(4 * DAY)),
      });

      const { end, endedAt } = await stage.live(
        'payment',
        id,
        { paymentId },
        activities,
        async (play) => {
          await stage.pass('5 hours');
          approved = true;
          await play.news(id);
        },
      );

      expect(end).toBe('captured');
      expectEnded(endedAt, 5 * HOUR);
      expect(activities.openOrder).toHaveBeenCalledExactlyOnceWith(paymentId);
      expect(activities.capture).toHaveBeenCalledExactlyOnceWith(paymentId);
    });

    it('is captured although the webhook was lost: asking finds the approval', async () => {
      const approvedAt = began + 90 * MINUTE;
      const activities = fakeActivities({
        lookAtPayment: async () =>
          (await until(approvedAt)) === undefined ? arrived('approved') : waitFor(HOUR),
      });

      const { end, endedAt } = await stage.live('payment', id, { paymentId }, activities);

      expect(end).toBe('captured');
      expectEnded(endedAt, 2 * HOUR);
    });

    it('goes back to the buyer when the instrument is declined, and the second attempt pays', async () => {
      const looks = [arrived('approved'), waitFor(HOUR), arrived('approved')] as const;
      const captures: PaymentState[] = ['created', 'captured'];
      let looked = 0;
      const activities = fakeActivities({
        lookAtPayment: async () => looks[looked++]!,
        capture: async () => captures.shift()!,
      });

      const { end, endedAt } = await stage.live('payment', id, { paymentId }, activities);

      expect(end).toBe('captured');
      expect(activities.capture).toHaveBeenCalledTimes(2);
      expect(activities.openOrder).toHaveBeenCalledTimes(1);
      expectEnded(endedAt, HOUR);
    });

    it('is tried again when PayPal cannot be reached, and is opened once', async () => {
      let outages = 3;
      const activities = fakeActivities({
        capture: async () => {
          if (outages-- > 0) throw new Error('PayPal did not answer');
          return 'captured';
        },
      });

      const { end } = await stage.live('payment', id, { paymentId }, activities);

      expect(end).toBe('captured');
      expect(activities.capture).toHaveBeenCalledTimes(4);
      expect(activities.openOrder).toHaveBeenCalledTimes(1);
    });

    it('that PayPal still has under way is looked at until it has ended', async () => {
      const looks = [arrived('approved'), waitFor(HOUR), arrived('captured')] as const;
      let looked = 0;
      const activities = fakeActivities({
        lookAtPayment: async () => looks[looked++]!,
        capture: async () => 'capturing',
      });

      const { end } = await stage.live('payment', id, { paymentId }, activities);

      expect(end).toBe('captured');
      expect(activities.capture).toHaveBeenCalledTimes(1);
    });

    it('whose order PayPal never opens ends as soon as the house ends it', async () => {
      const endedFrom = began + DAY;
      const activities = fakeActivities({
        openOrder: async () => {
          if (await until(endedFrom)) throw new Error('The seller has closed the account.');
        },
        lookAtPayment: () => Promise.resolve(arrived('withdrawn')),
      });

      const { end, endedAt } = await stage.live('payment', id, { paymentId }, activities);

      expect(end).toBe('withdrawn');
      expectEnded(endedAt, DAY);
    });

    it('that is over is looked at until PayPal is done, for money that may come', async () => {
      const doneAt = began + 6 * DAY;
      const activities = fakeActivities({
        lookAtEndedPayment: async () => (await until(doneAt)) ?? arrived('returning'),
      });

      const life = workflowIds.latePayment(paymentId, 'end');
      const { end, endedAt } = await stage.live('latePayment', life, { paymentId }, activities);

      expect(end).toBe('returning');
      expectEnded(endedAt, 6 * DAY);
    });

    it('expires when the window ends', async () => {
      const payUntil = began + 4 * DAY;
      const activities = fakeActivities({
        lookAtPayment: async () => (await until(payUntil)) ?? arrived('expired'),
      });

      const { end, endedAt } = await stage.live('payment', id, { paymentId }, activities);

      expect(end).toBe('expired');
      expect(activities.capture).not.toHaveBeenCalled();
      expectEnded(endedAt, 4 * DAY);
    });
  });
});

/** What one bidder does: the winner's offer is accepted from the start. Nothing: never. */
interface Bidder {
  answers?: 'accepted' | 'declined';
  after?: number;
  paysAfter?: number;
  refused?: boolean;
}

/** A little database of offers, whose bidders do as they are told. */
function aSale(bidders: readonly Bidder[]) {
  const offers: { bidder: Bidder; state: OfferState; since: number }[] = [];
  const offerOf = (offerId: string) => offers[Number(offerId.split(':').at(-1))]!;

  const activities = fakeActivities({
    async extendOffer() {
      const bidder = bidders[offers.length];
      if (!bidder) return undefined;
      const isWinner = offers.length === 0;
      const since = await stage.now();
      offers.push({ bidder, state: isWinner ? 'accepted' : 'extended', since });
      return { offerId: `${auctionId}:${offers.length - 1}` };
    },
    async awaitAnswer(offerId) {
      const offer = offerOf(offerId);
      if (offer.state !== 'extended') return arrived(offer.state);
      const { answers, after = 0 } = offer.bidder;
      const waiting = await until(offer.since + (answers ? after : DAY));
      if (waiting) return waiting;
      offer.state = answers ?? 'expired';
      offer.since = await stage.now();
      return arrived(offer.state);
    },
    async lookAtPayment(offerId) {
      const offer = offerOf(offerId);
      const { paysAfter } = offer.bidder;
      const waiting = await until(offer.since + (paysAfter ?? 4 * DAY));
      if (waiting) return waiting;
      if (paysAfter !== undefined) return arrived('approved');
      offer.state = 'lapsed';
      return arrived('expired');
    },
    async capture(offerId) {
      const offer = offerOf(offerId);
      offer.state = offer.bidder.refused ? 'lapsed' : 'paid';
      return offer.bidder.refused ? 'declined' : 'captured';
    },
  });
  return { activities, states: () => offers.map(({ state }) => state) };
}

/** To wait until then, or undefined when it is then. */
async function until(moment: number) {
  const left = msUntil(new Date(moment), new Date(await stage.now()));
  return left > 0 ? waitFor(left) : undefined;
}

/** That it ended this long after the test began, and hardly later. */
function expectEnded(endedAt: number, afterMs: number): void {
  expect(endedAt - began).toBeGreaterThanOrEqual(afterMs);
  expect(endedAt - began).toBeLessThan(afterMs + 5 * MINUTE);
}
