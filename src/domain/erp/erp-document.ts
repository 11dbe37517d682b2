import { z } from 'zod';
import { cutText } from '../common/cut-text.ts';
import { CURRENCIES, LARGEST_AMOUNT_MINOR, type Currency } from '../common/money.ts';

/**
 * The documents that a sale leaves in the ERP: an invoice to the buyer, a settlement to the seller,
 * a credit note for each refund, and a debit note for what came back of one. In every one the lines add up to the total.
 */
export const ERP_DOCUMENT_KINDS = ['invoice', 'settlement', 'credit_note', 'debit_note'] as const;
export type ErpDocumentKind = (typeof ERP_DOCUMENT_KINDS)[number];

/** The ERP's accounts that Gavel books to. */
export const ERP_ACCOUNTS = {
  sellersPayable: '2100',
  premiumTax: '2200',
  hammerPrice: '4000',
  buyersPremium: '4010',
  sellersCommission: '4020',
  refunds: '4090',
  paymentFees: '6100',
} as const;

const amountMinor = z
  .int()
  // A total of several amounts, each of which has the bound of a single sale.
  .min(-10 * LARGEST_AMOUNT_MINOR)
  .max(10 * LARGEST_AMOUNT_MINOR)
  .describe('minor units of the document’s currency; deductions are negative');

const line = z.strictObject({
  account: z.string().min(1).max(32).describe('account in the ERP’s chart of accounts'),
  text: z.string().min(1).max(500),
  amountMinor,
});

const references = z.strictObject({
  auctionId: z.string().min(1).max(100),
  buyerId: z.string().min(1).max(100).optional(),
  sellerId: z.string().min(1).max(100).optional(),
  refundId: z.string().min(1).max(100).optional(),
});

/** What a document says. An operator may correct it; a correction must balance, too. */
export const ERP_DOCUMENT_BODY = z
  .strictObject({
    currency: z.enum(CURRENCIES),
    lines: z.array(line).min(1).max(100),
    totalMinor: amountMinor,
    references,
    commodityCode: z.string().min(1).max(16).optional().describe('HS heading, for invoices'),
  })
  .refine(balances, { path: ['totalMinor'], message: 'the lines do not add up to the total' });

export type ErpDocumentBody = z.infer<typeof ERP_DOCUMENT_BODY>;

/** Whether the lines add up to the total. */
export function balances(body: {
  readonly lines: readonly { readonly amountMinor: number }[];
  readonly totalMinor: number;
}): boolean {
  return body.totalMinor === body.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** A paid sale; all amounts in minor units of its currency, none negative but the payout. */
export interface Sale {
  readonly auctionId: string;
  readonly lotTitle: string;
  readonly commodityCode: string;
  readonly sellerId: string;
  readonly bidderId: string;
  readonly currency: Currency;
  readonly hammerPriceMinor: number;
  readonly buyersPremiumMinor: number;
  readonly premiumTaxMinor: number;
  readonly premiumTaxRegion: string | null;
  /** Basis points, to the hundredth. */
  readonly premiumTaxShare: number;
  readonly sellersCommissionMinor: number;
  readonly paypalFeeMinor: number;
  /** PayPal's fee, when the house bears it. */
  readonly sellerCreditMinor: number;
  /** What of an earlier debt has come off the payout with the platform fee; none when left out. */
  readonly recoveryMinor?: number;
  readonly payoutMinor: number;
}

export interface SaleRefund {
  readonly refundId: string;
  readonly amountMinor: number;
  /** The tax in it. */
  readonly premiumTaxMinor: number;
}

/** What the buyer paid: the hammer price, the buyer's premium, and the tax on that. */
export function invoiceFor(sale: Sale): ErpDocumentBody {
  return balanced({
    currency: sale.currency,
    lines: [
      lineOf('hammerPrice', titled('Hammer price', sale), sale.hammerPriceMinor),
      ...unlessZero(lineOf('buyersPremium', "Buyer's premium", sale.buyersPremiumMinor)),
      ...unlessZero(lineOf('premiumTax', taxText(sale), sale.premiumTaxMinor)),
    ],
    totalMinor: paidFor(sale),
    references: { auctionId: sale.auctionId, buyerId: sale.bidderId },
    commodityCode: sale.commodityCode,
  });
}

/**
 * What the seller is paid: the hammer price less commission, PayPal's fee, the seller's part of refunds,
 * and what was kept of an earlier debt, be it of the payout or of the platform fee, which goes to what is
 * payable to the seller. A fee that the house bears comes back in a line, and goes there, too: PayPal has
 * kept it, so it is not in this payout.
 */
export function settlementFor(
  sale: Sale,
  { refundedMinor = 0, nettedMinor = 0 } = {},
): ErpDocumentBody {
  const keptMinor = nettedMinor + (sale.recoveryMinor ?? 0);
  return balanced({
    currency: sale.currency,
    lines: [
      lineOf('hammerPrice', titled('Hammer price', sale), sale.hammerPriceMinor),
      ...unlessZero(lineOf('sellersCommission', 'Commission', -sale.sellersCommissionMinor)),
      ...unlessZero(lineOf('paymentFees', "PayPal's fee", -sale.paypalFeeMinor)),
      ...unlessZero(lineOf('paymentFees', "PayPal's fee, borne by us", sale.sellerCreditMinor)),
      ...unlessZero(lineOf('sellersPayable', 'To your credit', -sale.sellerCreditMinor)),
      ...unlessZero(lineOf('refunds', 'Refunded to the buyer', -refundedMinor)),
      ...unlessZero(lineOf('sellersPayable', 'Netted: what you owed us', -keptMinor)),
    ],
    totalMinor: sale.payoutMinor - refundedMinor - nettedMinor,
    references: { auctionId: sale.auctionId, sellerId: sale.sellerId },
  });
}

/** What one refund gives back to the buyer. Throws a RangeError when that is more than was paid. */
export function creditNoteFor(sale: Sale, refund: SaleRefund): ErpDocumentBody {
  const paidMinor = paidFor(sale);
  if (!(refund.amountMinor > 0 && refund.amountMinor <= paidMinor)) {
    throw new RangeError(
      `A refund of ${refund.amountMinor} minor units does not fit a payment of ${paidMinor}`,
    );
  }
  return balanced({
    currency: sale.currency,
    lines: [
      ...unlessZero(
        lineOf('refunds', titled('Refund', sale), refund.amountMinor - refund.premiumTaxMinor),
      ),
      ...unlessZero(lineOf('premiumTax', taxText(sale), refund.premiumTaxMinor)),
    ],
    totalMinor: refund.amountMinor,
    references: {
      auctionId: sale.auctionId,
      buyerId: sale.bidderId,
      refundId: refund.refundId,
    },
  });
}

/** What of a refund came back from the buyer, as PayPal decided an appeal: the credit note's opposite. */
export const debitNoteFor = (sale: Sale, wonBack: SaleRefund): ErpDocumentBody => {
  const { lines, totalMinor, ...note } = creditNoteFor(sale, wonBack);
  return {
    ...note,
    lines: lines.map((line) => ({ ...line, amountMinor: -line.amountMinor })),
    totalMinor: -totalMinor,
  };
};

const paidFor = (sale: Sale): number =>
  sale.hammerPriceMinor + sale.buyersPremiumMinor + sale.premiumTaxMinor;

const taxText = ({ premiumTaxRegion, premiumTaxShare }: Sale): string =>
  `Tax on the premium: ${premiumTaxRegion}, ${premiumTaxShare / 100} %`;

function lineOf(account: keyof typeof ERP_ACCOUNTS, text: string, amount: number) {
  // Minus zero would be another number than zero to a strict comparison of two documents.
  return { account: ERP_ACCOUNTS[account], text, amountMinor: amount === 0 ? 0 : amount };
}

type Line = ErpDocumentBody['lines'][number];

function unlessZero(candidate: Line): Line[] {
  return candidate.amountMinor === 0 ? [] : [candidate];
}

function titled(text: string, sale: Sale): string {
  return cutText(`${text}: ${sale.lotTitle}`, 500);
}

/** Throws a RangeError for a document that does not balance: the sale's own amounts disagree. */
function balanced(body: ErpDocumentBody): ErpDocumentBody {
  const amounts = [body.totalMinor, ...body.lines.map((each) => each.amountMinor)];
  if (!amounts.every(Number.isSafeInteger)) {
    throw new RangeError('An amount is not a whole number of minor units');
  }
  if (!balances(body)) {
    throw new RangeError(
      `The lines of a document for auction ${body.references.auctionId} do not add up to its ` +
        `total of ${body.totalMinor} minor units`,
    );
  }
  return body;
}
