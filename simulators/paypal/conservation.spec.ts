import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SELLER, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

// Whatever is refunded, in whatever order and before or after the release: no cent comes or goes.
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const sale = fc.record({
  amountMinor: fc.integer({ min: 1_000, max: 5_000_000 }),
  feeBasisPoints: fc.integer({ min: 0, max: 3_000 }),
  refundShares: fc.array(fc.integer({ min: 1, max: 6_000 }), { maxLength: 5 }),
});

it('a sale shares out its whole amount', async () => {
  await fc.assert(
    fc.asyncProperty(sale, async ({ amountMinor, feeBasisPoints, refundShares }) => {
      const { paypal } = harness;
      const platformFeeMinor = Math.floor((amountMinor * feeBasisPoints) / 10_000);
      const orderId = await harness.approvedOrder({ amountMinor, platformFeeMinor });
      const common = { sellerMerchantId: SELLER };
      const captured = await paypal.orders.capture({ ...common, orderId, requestId: orderId });
      if (captured.outcome !== 'captured') throw new Error(captured.outcome);
      const { capture } = captured;
      expect(capture.paypalFeeMinor + capture.platformFeeMinor + capture.netMinor).toBe(
        amountMinor,
      );

      let refundedMinor = 0;
      let paidBySellerMinor = 0;
      for (const [index, share] of refundShares.entries()) {
        const part = Math.max(1, Math.floor((amountMinor * share) / 10_000));
        const outcome = await paypal.captures.refund({
          ...common,
          captureId: capture.captureId,
          requestId: `${orderId}-${index}`,
          invoiceId: `${orderId}-${index}`,
          amountMinor: part,
          currency: 'USD',
        });
        if (outcome.outcome !== 'refunded') {
          expect(refundedMinor + part).toBeGreaterThan(amountMinor);
          continue;
        }
        refundedMinor += part;
        paidBySellerMinor += outcome.refund.netMinor;
        expect(outcome.refund.netMinor + outcome.refund.platformFeeMinor).toBe(part);
        expect(outcome.refund.totalRefundedMinor).toBe(refundedMinor);
      }

      const { captureId } = capture;
      const released = await paypal.referencedPayouts.release({
        ...common,
        captureId,
        requestId: orderId,
      });
      const dueMinor = capture.netMinor - paidBySellerMinor;
      if (released.outcome === 'released') expect(released.item?.amountMinor).toBe(dueMinor);
      else expect(dueMinor <= 0 || refundedMinor === amountMinor).toBe(true);
    }),
    { numRuns: 40 },
  );
}, 30_000);
