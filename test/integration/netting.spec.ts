import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ErpDocument } from '../../src/database/entities/index.ts';
import { issueCredit, openWallet } from '../../src/services/wallet/credit.ts';
import type { TestDatabase } from '../support/database.ts';
import { owingSellers, type OwingSeller, partOf, SELLERS_PART } from '../support/owing-seller.ts';
import type { Rows } from '../support/rows.ts';

// The house has paid a seller, then refunds the buyer: what the seller owes comes off the next payout.

let test: TestDatabase;
let rows: Rows;
let seller: OwingSeller;

owingSellers('house', (given) => ({ test, rows, seller } = given));

describe('a seller who owes the house a refund that came after the release', () => {
  it('gets that much less for the next sales, until the house is whole again', async () => {
    const undone = await seller.released(await seller.dueDisbursement());
    const refundId = await seller.refunded(undone, 46_000);
    expect(await seller.owes()).toBe(SELLERS_PART);
    expect(await seller.hears(refundId)).toContain('360.00 USD of it is your part');
    const before = await seller.paidOut();

    // PayPal's fee makes a sale bring less than the debt: it takes two.
    const second = await seller.released(await seller.dueDisbursement());
    const payoutMinor = second.amountMinor;
    const restMinor = SELLERS_PART - payoutMinor;
    expect(second.nettedMinor).toBe(payoutMinor);
    expect(await seller.paidOut()).toBe(before);

    const third = await seller.released(await seller.dueDisbursement());
    expect(third.nettedMinor).toBe(restMinor);
    expect(await seller.paidOut()).toBe(before + payoutMinor - restMinor);
    expect(await seller.owes()).toBe(0);
    expect(await settlementOf(third.id)).toMatchObject({
      totalMinor: payoutMinor - restMinor,
      lines: expect.arrayContaining([
        { account: '2100', text: 'Netted: what you owed us', amountMinor: -restMinor },
      ]) as unknown,
    });
    expect(await seller.hears(third.id)).toContain('for what you owed us');
    // All that PayPal ever paid the seller is what the ledger says.
    expect(await seller.paidOut()).toBe(await seller.has());

    expect((await seller.released(await seller.dueDisbursement())).nettedMinor).toBe(0);
  });

  it('gives each of several refunds back once', async () => {
    const first = await seller.released(await seller.dueDisbursement());
    await seller.refunded(first, 3_333);
    await seller.refunded(first, 5_555);
    const owedMinor = await seller.owes();

    expect((await seller.released(await seller.dueDisbursement())).nettedMinor).toBe(owedMinor);
    expect(await seller.owes()).toBe(0);
  });

  it('gives it back once when two sales are released at once', async () => {
    await seller.refunded(await seller.released(await seller.dueDisbursement()), 10_000);
    const owedMinor = await seller.owes();
    const both = [await seller.dueDisbursement(), await seller.dueDisbursement()];

    await Promise.all(both.map(({ id }) => seller.release(id)));
    await seller.harness.control('POST', 'clock', { advanceHours: 1 });
    await Promise.all(both.map(({ id }) => seller.release(id)));

    const netted = await Promise.all(
      both.map(async ({ id }) => (await seller.disbursement(id)).nettedMinor),
    );
    expect(netted.toSorted((a, b) => a - b)).toEqual([0, owedMinor]);
    expect(await seller.owes()).toBe(0);
  });

  it('is paid once, and the same, when the answer to the smaller payout is lost', async () => {
    await seller.refunded(await seller.released(await seller.dueDisbursement()), 10_000);
    const owedMinor = await seller.owes();
    const before = await seller.paidOut();
    const { id, amountMinor } = await seller.dueDisbursement();
    await seller.fault({ kind: 'reset-after-effect' });
    await expect(seller.release(id)).rejects.toThrow();
    // What is owed meanwhile waits for the next one.
    const other = await seller.dueDisbursement();
    await seller.refunded(await seller.released(other), 1_000);

    await seller.released({ id });
    expect((await seller.disbursement(id)).nettedMinor).toBe(owedMinor);
    expect(await seller.paidOut()).toBe(before + amountMinor - owedMinor + other.amountMinor);
    expect(await seller.owes()).toBe(partOf(1_000));
  });

  it('owes it still when the payout that was to be smaller has failed', async () => {
    await seller.refunded(await seller.released(await seller.dueDisbursement()), 10_000);
    const owedMinor = await seller.owes();
    const failing = await seller.dueDisbursement();
    await seller.fault({ kind: 'payout-failed', reason: 'RECEIVER_ACCOUNT_LOCKED' });
    expect(await seller.release(failing.id)).toBe('failed');
    expect((await seller.disbursement(failing.id)).nettedMinor).toBe(0);

    expect((await seller.released(await seller.dueDisbursement())).nettedMinor).toBe(owedMinor);
    await rows.force('disbursement', failing.id, 'due');
    expect((await seller.released(failing)).nettedMinor).toBe(0);
    expect(await seller.owes()).toBe(0);
  });

  it.each([
    { ends: 'accepted', fails: false },
    { ends: 'not accepted', fails: true },
  ])(
    'owes a dispute lost while the payout is under way, which is then $ends',
    async ({ fails }) => {
      const { id, paymentId, amountMinor } = await seller.dueDisbursement();
      if (fails) await seller.fault({ kind: 'payout-unclaimed' });
      expect(await seller.release(id)).toBe('releasing');
      await seller.loses(paymentId, 10_000);
      expect(await seller.owes()).toBe(partOf(10_000));

      await seller.harness.control(
        'POST',
        'clock',
        fails ? { advanceDays: 31 } : { advanceHours: 1 },
      );
      expect(await seller.release(id)).toBe(fails ? 'failed' : 'released');
      if (fails) {
        await rows.force('disbursement', id, 'due');
        await seller.released({ id });
      }
      const nettedMinor = fails ? partOf(10_000) : 0;
      expect(await seller.disbursement(id)).toMatchObject({ state: 'released', nettedMinor });
      expect(await seller.owes()).toBe(partOf(10_000) - nettedMinor);
      expect(await seller.has()).toBe(amountMinor - nettedMinor);
      expect(await seller.paidOut()).toBe(amountMinor - nettedMinor);
    },
  );

  it('is paid in full where the policy never nets, and goes on owing', async () => {
    await seller.refunded(await seller.released(await seller.dueDisbursement()), 10_000);
    const owedMinor = await seller.owes();
    const next = await seller.dueDisbursement({ netReceivables: 'never' });
    expect((await seller.released(next)).nettedMinor).toBe(0);
    expect(await seller.owes()).toBe(owedMinor);
  });

  it('cannot give away as store credit what is owed', async () => {
    await seller.refunded(await seller.released(await seller.dueDisbursement()), 46_000);
    const credit = {
      creditId: randomUUID(),
      from: { sellerId: seller.id },
      ownerId: 'anna',
      currency: 'USD',
      amountMinor: 1,
      by: { actorId: seller.id, reason: 'thanks' },
    } as const;
    const issued = await test.database.transaction(async (tx) => {
      await openWallet(tx, credit.ownerId, credit.currency);
      return issueCredit(tx, credit);
    });
    expect(issued).toEqual({ outcome: 'refused', availableMinor: 0 });
  });
});

describe('a seller whom PayPal pays', () => {
  it('owes the house nothing for a refund after the release: PayPal takes it from the seller', async () => {
    await seller.isHeldBy('paypal');
    const paid = await seller.released(await seller.dueDisbursement());
    await seller.refunded(paid, 10_000);
    expect(await seller.owes()).toBe(0);
    expect(await seller.has()).toBe(paid.amountMinor - partOf(10_000));
  });
});

async function settlementOf(subjectId: string): Promise<ErpDocument['body']> {
  const document = { kind: 'settlement', subjectId } as const;
  return (await test.database.manager.findOneByOrFail(ErpDocument, document)).body;
}
