import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  capturePosting,
  recoveryPosting,
  refundPosting,
  releasePosting,
  type Held,
  type Posting,
} from '../ledger/ledger.ts';
import { compareSale, type SaleViews } from './compare-sale.ts';
import { repairEntries } from './repair.ts';
import type { Document, LedgerLine, Movement } from './views.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const LONG_AGO = NOW - 48 * 3_600_000;
const SALE = {
  auctionId: 'auction',
  bidderId: 'bidder',
  sellerId: 'seller',
  currency: 'EUR',
  premiumTaxRegion: 'DE',
} as const;

/** What happened to a captured payment, in order; parts are shares of what is left, in percent. */
const life = fc.record({
  amountMinor: fc.integer({ min: 1_000, max: 5_000_000 }),
  paypalFee: fc.integer({ min: 1, max: 10 }),
  platformFee: fc.integer({ min: 1, max: 40 }),
  /** Of the platform's fee. */
  tax: fc.integer({ min: 0, max: 50 }),
  feeBorneByHouse: fc.boolean(),
  /** Where PayPal does not hold money: in the house's own account. */
  heldByHouse: fc.boolean(),
  /** What the seller owed for an earlier sale, in percent of this one's payout, or of what may be recovered. */
  owed: fc.integer({ min: 0, max: 150 }),
  refundsWhileHeld: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 3 }),
  isReleased: fc.boolean(),
  afterwards: fc.constantFrom('nothing', 'refund', 'refund by the house', 'dispute lost'),
});
type Life = typeof life extends fc.Arbitrary<infer L> ? L : never;

/** The three sides of a sale, told by the ledger's own postings and by what PayPal and the ERP do. */
class Told {
  readonly ledger: LedgerLine[] = [];
  readonly paypal: Movement[] = [];
  readonly erp: Document[] = [];
  readonly refunds: SaleViews['sale']['refunds'][number][] = [];
  private held: Held = { sellerMinor: 0, houseMinor: 0, premiumTaxMinor: 0 };
  private refundedMinor = 0;

  constructor(private readonly lived: Life) {
    const { amountMinor } = lived;
    const paypalFeeMinor = Math.ceil((amountMinor * lived.paypalFee) / 100);
    const sellerCreditMinor = lived.feeBorneByHouse ? paypalFeeMinor : 0;
    const { platformFeeMinor, recoveryMinor } = this.payment;
    this.post(
      capturePosting({ ...this.payment, paymentId: 'p', paypalFeeMinor, sellerCreditMinor }),
    );
    this.post(recoveryPosting({ ...this.payment, paymentId: 'p' }));
    this.move('T0006', 'CAPTURE', amountMinor, { feeMinor: -paypalFeeMinor, invoiceId: 'p' });
    if (!lived.heldByHouse) this.move('T0113', 'FEE', -platformFeeMinor - recoveryMinor);
    this.document('invoice', 'p', amountMinor);

    for (const percent of lived.refundsWhileHeld) this.refund(percent);
    if (lived.isReleased) this.release();
    if (lived.afterwards !== 'nothing') this.refund(50, lived.afterwards);
  }

  get views(): SaleViews {
    return {
      sale: {
        isOwn: false,
        payments: [
          { id: 'p', captureId: 'CAPTURE', heldBy: this.lived.heldByHouse ? 'house' : 'paypal' },
        ],
        disbursements: [{ id: 'd', paymentId: 'p' }],
        refunds: this.refunds,
      },
      ledger: this.ledger,
      paypal: this.paypal,
      erp: this.erp,
    };
  }

  private get payment() {
    const { amountMinor, platformFee, tax, heldByHouse, owed } = this.lived;
    const platformFeeMinor = Math.floor((amountMinor * platformFee) / 100);
    const premiumTaxMinor = Math.floor((platformFeeMinor * tax) / 100);
    const recoverable = Math.floor((amountMinor - platformFeeMinor) * 0.8);
    const recoveryMinor = heldByHouse ? 0 : Math.floor((recoverable * Math.min(owed, 100)) / 100);
    return { ...SALE, amountMinor, platformFeeMinor, premiumTaxMinor, recoveryMinor };
  }

  private refund(percent: number, way: Life['afterwards'] = 'refund'): void {
    const { amountMinor } = this.lived;
    const left = amountMinor - this.refundedMinor;
    const refundMinor = Math.max(1, Math.floor((left * percent) / 100));
    const id = `r${this.refunds.length + 1}`;
    const byDispute = way === 'dispute lost';
    const byHouse = way === 'refund by the house' && this.lived.isReleased;
    const paypalRefundId = byDispute || byHouse ? null : `REFUND-${id}`;
    const refundedBeforeMinor = this.refundedMinor;
    const payoutFeeMinor = byHouse ? 25 : 0;
    const paidForSellerMinor = byHouse || this.lived.heldByHouse ? refundMinor : 0;
    const wanted = { refundId: id, refundMinor, refundedBeforeMinor };
    this.refunds.push({ id, paymentId: 'p', paypalRefundId, byDispute });
    this.post(
      refundPosting({ ...this.payment, ...wanted, paidForSellerMinor, payoutFeeMinor }, this.held),
    );
    this.refundedMinor += refundMinor;
    if (byDispute) this.move('T1106', 'REVERSAL', -refundMinor, { invoiceId: 'p' });
    else if (byHouse) this.move('T0001', 'BYHOUSE', -refundMinor, { customId: id, feeMinor: -25 });
    else this.move('T1107', paypalRefundId!, -refundMinor, { invoiceId: id });
    this.document('credit_note', id, refundMinor);
  }

  private release(): void {
    const { sellerMinor } = this.held;
    const { heldByHouse, owed } = this.lived;
    const owedMinor = heldByHouse ? Math.ceil((sellerMinor * owed) / 100) : 0;
    const nettedMinor = Math.max(0, Math.min(owedMinor, sellerMinor));
    const paidMinor = sellerMinor - nettedMinor;
    const isPayout = heldByHouse && paidMinor > 0;
    const payoutFeeMinor = isPayout ? 25 : 0;
    const release = { ...SALE, disbursementId: 'd', payoutFeeMinor, nettedMinor };
    this.post(releasePosting(release, this.held));
    if (isPayout) this.move('T0001', 'PAYOUT', -paidMinor, { feeMinor: -payoutFeeMinor });
    else if (paidMinor > 0) this.move('T2108', 'RELEASE', paidMinor);
    this.document('settlement', 'd', paidMinor);
  }

  private post({ kind, subjectId, currency, entries }: Posting): void {
    const about = { kind: kind as 'capture' | 'recovery' | 'release' | 'refund', subjectId };
    for (const { account, amountMinor } of entries) {
      this.ledger.push({ about, account, amountMinor, currency, postedAtMs: LONG_AGO });
    }
    const balance = (account: string) =>
      this.ledger
        .filter((line) => line.account === account)
        .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    this.held = {
      sellerMinor: balance('seller:seller:held'),
      houseMinor: balance('house:held'),
      premiumTaxMinor: balance('house:tax:DE:held'),
    };
  }

  private move(
    eventCode: string,
    transactionId: string,
    amountMinor: number,
    more: { feeMinor?: number; invoiceId?: string; customId?: string } = {},
  ): void {
    this.paypal.push({
      transactionId,
      eventCode,
      status: 'success',
      amountMinor,
      currency: 'EUR',
      feeMinor: 0,
      invoiceId: null,
      customId: null,
      paymentId: 'p',
      initiatedAtMs: LONG_AGO,
      ...more,
    });
  }

  private document(kind: Document['kind'], subjectId: string, totalMinor: number): void {
    this.erp.push({
      kind,
      subjectId,
      state: 'acknowledged',
      revision: 1,
      totalMinor,
      currency: 'EUR',
      changedAtMs: LONG_AGO,
      inErp: {
        revision: 1,
        status: 'acknowledged',
        total: { amountMinor: totalMinor, currency: 'EUR' },
      },
    });
  }
}

const told = life.map((lived) => new Told(lived).views);
const differences = (views: SaleViews) => compareSale(views, NOW);
const summary = (views: SaleViews) =>
  differences(views).map(({ side, kind, subject }) => `${side} ${kind} ${subject}`);

/** Every sale in which there is such a thing to tamper with. */
const forEvery = (
  tamper: (views: SaleViews) => SaleViews | undefined,
  then: (tampered: SaleViews) => void,
) =>
  fc.assert(
    fc.property(told, (views) => {
      const tampered = tamper(views);
      fc.pre(tampered !== undefined);
      then(tampered);
    }),
  );

/** By its event code, or its id. */
const withoutMovement = (name: string) => (views: SaleViews) => {
  const index = views.paypal.findIndex(({ eventCode, transactionId }) =>
    [eventCode, transactionId].includes(name),
  );
  return index < 0 ? undefined : { ...views, paypal: views.paypal.toSpliced(index, 1) };
};

const withDocument =
  (kind: Document['kind'], change: (document: Document) => Document | undefined) =>
  (views: SaleViews) => {
    const index = views.erp.findIndex((each) => each.kind === kind && each.totalMinor > 0);
    if (index < 0) return undefined;
    const changed = change(views.erp[index]!);
    return { ...views, erp: views.erp.toSpliced(index, 1, ...(changed ? [changed] : [])) };
  };

describe('a sale of which all three sides tell the same', () => {
  it('has no difference, whatever became of it', () => {
    forEvery(
      (views) => views,
      (views) => expect(differences(views)).toEqual([]),
    );
  });

  it('may be told by PayPal with transactions that are about no sale', () => {
    forEvery(
      (views) => ({
        ...views,
        paypal: [...views.paypal, { ...views.paypal[0]!, eventCode: 'T0400', amountMinor: -5 }],
      }),
      (views) => expect(differences(views)).toEqual([]),
    );
  });
});

describe('what PayPal has against the ledger', () => {
  it.each([
    ['T0113', ['paypal missing platform_fee']],
    ['T1107', ['paypal missing refund']],
    ['T1106', ['paypal missing dispute_loss']],
    ['T2108', ['paypal missing release']],
    ['PAYOUT', ['paypal missing release', 'paypal missing payout_fee']],
    ['BYHOUSE', ['paypal missing refund', 'paypal missing payout_fee']],
    ['T0006', ['paypal missing capture', 'paypal missing paypal_fee']],
  ])('without its %s is %j', (name, expected) => {
    forEvery(withoutMovement(name), (views) => expect(summary(views)).toEqual(expected));
  });

  it('is one extra refund that somebody made at PayPal', () => {
    forEvery(
      (views) => ({
        ...views,
        paypal: [
          ...views.paypal,
          {
            ...views.paypal[0]!,
            eventCode: 'T1107',
            transactionId: 'BY-HAND',
            invoiceId: null,
            amountMinor: -77,
            feeMinor: 0,
          },
        ],
      }),
      (views) =>
        expect(differences(views)).toEqual([
          expect.objectContaining({
            kind: 'extra',
            subject: 'refund',
            reference: 'BY-HAND',
            foundMinor: 77,
          }),
        ]),
    );
  });

  it('is one extra capture, and nothing about its fee, when the buyer paid twice', () => {
    forEvery(
      (views) => ({
        ...views,
        paypal: [...views.paypal, { ...views.paypal[0]!, transactionId: 'AGAIN' }],
      }),
      (views) => expect(summary(views)).toEqual(['paypal extra capture']),
    );
  });

  it('is the fee, to the cent', () => {
    forEvery(
      (views) => ({
        ...views,
        paypal: views.paypal.with(0, {
          ...views.paypal[0]!,
          feeMinor: views.paypal[0]!.feeMinor - 1,
        }),
      }),
      (views) => expect(summary(views)).toEqual(['paypal amount paypal_fee']),
    );
  });

  it('is the state of a payment that it has denied', () => {
    forEvery(
      (views) => ({
        ...views,
        paypal: views.paypal.with(0, { ...views.paypal[0]!, status: 'denied' }),
      }),
      (views) =>
        expect(summary(views)).toEqual(['paypal state capture', 'paypal state paypal_fee']),
    );
  });
});

describe('what the ERP has against the ledger', () => {
  it.each(['invoice', 'settlement', 'credit_note'] as const)('is a missing %s', (kind) => {
    forEvery(
      withDocument(kind, () => undefined),
      (views) => expect(summary(views)).toEqual([`erp missing ${kind}`]),
    );
  });

  it('is a document that it acknowledged, and does not know any more', () => {
    forEvery(
      withDocument('invoice', (document) => ({ ...document, changedAtMs: NOW, inErp: undefined })),
      (views) => expect(summary(views)).toEqual(['erp missing invoice']),
    );
  });

  it('is a total that is not the ledger’s', () => {
    forEvery(
      withDocument('invoice', (document) => ({
        ...document,
        inErp: { ...document.inErp!, total: { amountMinor: 1, currency: 'EUR' } },
      })),
      (views) => expect(summary(views)).toEqual(['erp amount invoice']),
    );
  });

  it('is a document that it has rejected', () => {
    forEvery(
      withDocument('invoice', (document) => ({
        ...document,
        state: 'rejected',
        inErp: { revision: 1, status: 'rejected', reason: 'no such account' },
      })),
      (views) =>
        expect(differences(views)).toEqual([
          expect.objectContaining({ kind: 'state', subject: 'invoice', detail: 'no such account' }),
        ]),
    );
  });

  it('is a matter of timing while the document is on its way', () => {
    forEvery(
      withDocument('invoice', (document) => ({
        ...document,
        state: 'sent',
        changedAtMs: NOW,
        inErp: { revision: 1, status: 'received' },
      })),
      (views) => expect(summary(views)).toEqual(['erp timing invoice']),
    );
  });

  it('is nothing when only the callback of what it has booked was lost', () => {
    forEvery(
      withDocument('invoice', (document) => ({ ...document, state: 'sent' })),
      (views) => expect(summary(views)).toEqual([]),
    );
  });
});

describe('a repair', () => {
  it('with the entries that are proposed leaves PayPal nothing against the ledger', () => {
    const tampering = fc.constantFrom(
      (movement: Movement) => ({ ...movement, amountMinor: movement.amountMinor + 3 }),
      (movement: Movement) => ({ ...movement, feeMinor: movement.feeMinor - 2 }),
      () => undefined,
    );
    fc.assert(
      fc.property(told, fc.nat(), tampering, (views, at, tamper) => {
        const index = at % views.paypal.length;
        const changed = tamper(views.paypal[index]!);
        const tampered = {
          ...views,
          paypal: views.paypal.toSpliced(index, 1, ...(changed ? [changed] : [])),
        };
        const repairs = differences(tampered).flatMap((difference): LedgerLine[] => {
          const { subject, reference, currency } = difference;
          const entries = repairEntries(difference, { ...SALE, isHeld: false });
          expect(entries.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(0);
          const about = { kind: 'repair', subject, reference } as const;
          return entries.map((entry) => ({ about, ...entry, currency, postedAtMs: LONG_AGO }));
        });
        const repaired = { ...tampered, ledger: [...tampered.ledger, ...repairs] };
        expect(differences(repaired).filter(({ side }) => side === 'paypal')).toEqual([]);
      }),
    );
  });
});
