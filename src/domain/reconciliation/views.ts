import type { ErpDocumentKind } from '../erp/erp-document.ts';
import { accounts } from '../ledger/ledger.ts';
import type { ErpDocumentState } from '../erp/lifecycle.ts';
import type { Currency } from '../common/money.ts';
import type { Item, Subject } from './compare.ts';

/** A sale as its own rows know it: whose captures and refunds the movements may be. */
export interface SaleFacts {
  /** Its seller is the house, which pays itself nothing. */
  readonly isOwn: boolean;
  readonly payments: readonly {
    readonly id: string;
    readonly captureId: string | null;
    /** Whose account the money is in until the seller is paid. */
    readonly heldBy: 'paypal' | 'house';
  }[];
  readonly disbursements: readonly { readonly id: string; readonly paymentId: string }[];
  readonly refunds: readonly {
    readonly id: string;
    readonly paymentId: string;
    readonly paypalRefundId: string | null;
    /** PayPal gave the money back by itself, after a dispute. */
    readonly byDispute: boolean;
  }[];
}

/** An entry of the ledger with what its transaction was about. */
export interface LedgerLine {
  /**
   * Of the transaction, or of the one that it reverses; a repair has the subject and reference of the
   * difference that it mends.
   */
  readonly about:
    | {
        readonly kind: 'capture' | 'recovery' | 'release' | 'refund' | 'won_back' | 'dispute_fee';
        readonly subjectId: string;
      }
    | { readonly kind: 'repair'; readonly subject: Subject; readonly reference: string };
  readonly account: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly postedAtMs: number;
}

/**
 * What the ledger says about a sale. Amounts come from the entries, by what kind of pot it is; pots of
 * money that PayPal holds end in `:held`. So further accounts of the house's change nothing.
 */
export function ledgerItems(sale: SaleFacts, lines: readonly LedgerLine[]): Item[] {
  return lines.flatMap(({ about, account, amountMinor, currency, postedAtMs }): Item[] => {
    const { family, reference } = placeOf(sale, about);
    const subject = subjectOf(family, account, about.kind === 'repair');
    if (!subject) return [];
    // Buyers are where money comes from, and a release empties what was held.
    const sign = subject === 'capture' || subject === 'release' ? -1 : 1;
    return [{ subject, reference, amountMinor: sign * amountMinor, currency, atMs: postedAtMs }];
  });
}

type Family =
  | 'capture'
  | 'recovery'
  | 'release'
  | 'refund'
  | 'dispute_loss'
  | 'won_back'
  | 'dispute_fee'
  | 'figure';

function placeOf(
  sale: SaleFacts,
  about: LedgerLine['about'],
): { family: Family; reference: string } {
  switch (about.kind) {
    case 'capture':
    case 'recovery':
      return { family: about.kind, reference: about.subjectId };
    case 'release': {
      const paid = sale.disbursements.find(({ id }) => id === about.subjectId);
      return { family: 'release', reference: paid?.paymentId ?? about.subjectId };
    }
    case 'refund': {
      const refund = sale.refunds.find(({ id }) => id === about.subjectId);
      return {
        family: refund?.byDispute ? 'dispute_loss' : 'refund',
        reference: about.subjectId,
      };
    }
    case 'won_back':
      return { family: 'won_back', reference: about.subjectId };
    case 'dispute_fee':
      return { family: 'dispute_fee', reference: capturedPayment(sale) ?? about.subjectId };
    case 'repair':
      return { family: FAMILY[about.subject], reference: about.reference };
  }
}

/** A sale has one payment that was captured, and disputes are about that. */
const capturedPayment = ({ payments }: SaleFacts): string | undefined =>
  payments.find(({ captureId }) => captureId !== null)?.id;

/** By which posting a subject comes into the ledger. */
const FAMILY: Record<Subject, Family> = {
  capture: 'capture',
  paypal_fee: 'capture',
  platform_fee: 'capture',
  invoice: 'capture',
  release: 'release',
  payout_fee: 'release',
  settlement: 'release',
  refund: 'refund',
  // What PayPal only says is held against what was posted then.
  refund_platform_fee: 'figure',
  refund_paypal_fee: 'figure',
  payout_amount: 'figure',
  credit_note: 'refund',
  dispute_loss: 'dispute_loss',
  debit_note: 'won_back',
  dispute_fee: 'dispute_fee',
};

function subjectOf(family: Family, account: string, isRepair: boolean): Subject | undefined {
  const isBuyer = account.startsWith(accounts.buyer(''));
  const isSeller = account.startsWith(accounts.seller(''));
  const isHeld = account.endsWith(':held');
  switch (family) {
    case 'capture':
      if (isBuyer) return 'capture';
      if (account === accounts.paypalFees) return 'paypal_fee';
      // A repair may come when the house has been paid; a capture itself only fills what is held.
      return (isHeld || isRepair) && !isSeller ? 'platform_fee' : undefined;
    case 'recovery':
      return account.endsWith(':credit') ? 'platform_fee' : undefined;
    case 'release':
      if (account === accounts.paypalFees) return 'payout_fee';
      // What left: all that was held, less what was netted of the seller's debt.
      return isSeller && (isHeld || account.endsWith(':credit')) ? 'release' : undefined;
    case 'refund':
    case 'dispute_loss':
      if (account === accounts.paypalFees) return 'payout_fee';
      return isBuyer ? family : undefined;
    // Its document has another sign than the money, as the account of the buyer has.
    case 'won_back':
      return isBuyer ? 'debit_note' : undefined;
    case 'dispute_fee':
      return account === accounts.paypalFees ? 'dispute_fee' : undefined;
    case 'figure':
      return undefined;
  }
}

/**
 * What PayPal should report. It has no id of ours for a lost dispute, so those of a payment are one. Of
 * money in the house's own account it sets nothing aside for the house, nor pays the house.
 */
export const expectedAtPayPal = (sale: SaleFacts, ledger: readonly Item[]): Item[] =>
  ledger.flatMap((item) => {
    const { subject, reference } = item;
    if (subject === 'dispute_loss' || subject === 'debit_note') {
      const refund = sale.refunds.find(({ id }) => id === reference);
      const paymentId = refund?.paymentId ?? reference;
      return [{ ...item, subject: 'dispute_loss', reference: paymentId }];
    }
    const payment = sale.payments.find(({ id }) => id === reference);
    const atHouse = payment?.heldBy === 'house';
    const notAtPayPal = subject === 'platform_fee' || (subject === 'release' && sale.isOwn);
    return atHouse && notAtPayPal ? [] : [item];
  });

const DOCUMENT_FOR: Partial<Record<Subject, ErpDocumentKind>> = {
  capture: 'invoice',
  release: 'settlement',
  refund: 'credit_note',
  dispute_loss: 'credit_note',
  debit_note: 'debit_note',
};

/** The documents that the ERP should have. */
export const expectedInErp = (ledger: readonly Item[]): Item[] =>
  ledger.flatMap((item) => {
    const subject = DOCUMENT_FOR[item.subject];
    return subject ? [{ ...item, subject }] : [];
  });

/** A movement as PayPal's report has it. */
export interface Movement {
  readonly transactionId: string;
  readonly eventCode: string;
  readonly status: 'success' | 'pending' | 'denied' | 'reversed' | 'partiallyRefunded' | 'unknown';
  /** Negative when money leaves the account. */
  readonly amountMinor: number;
  readonly currency: Currency;
  /** Negative, or 0. */
  readonly feeMinor: number;
  readonly invoiceId: string | null;
  readonly customId: string | null;
  readonly paymentId: string | null;
  readonly initiatedAtMs: number;
}

/**
 * The movements that a sale consists of, by PayPal's event codes
 * (https://developer.paypal.com/docs/transaction-search/transaction-event-codes/). Others are not
 * about sales: transfers to the bank, conversions, PayPal's own holds.
 */
const MOVEMENTS: readonly { codes: RegExp; subject: Subject; sign: 1 | -1 }[] = [
  { codes: /^T0001$/, subject: 'release', sign: -1 },
  { codes: /^T00/, subject: 'capture', sign: 1 },
  { codes: /^T0113$/, subject: 'platform_fee', sign: -1 },
  { codes: /^T1107$/, subject: 'refund', sign: -1 },
  { codes: /^T(1106|1201|1202)$/, subject: 'dispute_loss', sign: -1 },
  { codes: /^T(0106|1108)$/, subject: 'dispute_fee', sign: -1 },
  { codes: /^T2108$/, subject: 'release', sign: 1 },
];

/** A code of payments says that money came in, or that it went out: as a payout, or as what is not ours. */
const kindOfMovement = ({ eventCode, amountMinor }: Movement) =>
  MOVEMENTS.find(
    ({ codes, sign }) =>
      codes.test(eventCode) && (!eventCode.startsWith('T00') || sign * amountMinor > 0),
  );

/** What PayPal says about a sale. */
export function paypalItems(sale: SaleFacts, movements: readonly Movement[]): Item[] {
  return movements.flatMap((movement): Item[] => {
    const known = kindOfMovement(movement);
    if (!known) return [];
    const subject = isPayoutToBuyer(sale, movement) ? 'refund' : known.subject;
    const reference = referenceOf(sale, subject, movement);
    const item = {
      subject,
      reference,
      amountMinor: known.sign * movement.amountMinor,
      currency: movement.currency,
      atMs: movement.initiatedAtMs,
      ...standingOf(movement),
    };
    // Of a movement that we know nothing of, its fee is no second difference.
    const fee = reference === movement.transactionId ? undefined : FEE_OF[known.subject];
    return fee ? [item, { ...item, subject: fee, amountMinor: -movement.feeMinor }] : [item];
  });
}

/** The house has paid a refund by a payout, which PayPal knows by our id of the refund. */
const isPayoutToBuyer = ({ refunds }: SaleFacts, { eventCode, customId }: Movement): boolean =>
  eventCode === 'T0001' && refunds.some(({ id }) => id === customId);

/** By what kind of movement it is. */
const FEE_OF: Partial<Record<Subject, Subject>> = {
  capture: 'paypal_fee',
  release: 'payout_fee',
};

/** Our id where the movement is one that we know, else PayPal's. */
function referenceOf(sale: SaleFacts, subject: Subject, movement: Movement): string {
  const { transactionId, invoiceId, customId, paymentId } = movement;
  if (subject === 'capture') {
    return sale.payments.find(({ captureId }) => captureId === transactionId)?.id ?? transactionId;
  }
  if (subject === 'refund') {
    const refund = sale.refunds.find(
      ({ id, paypalRefundId }) =>
        paypalRefundId === transactionId || id === invoiceId || id === customId,
    );
    return refund?.id ?? transactionId;
  }
  return paymentId ?? transactionId;
}

function standingOf({ status }: Movement): Pick<Item, 'standing' | 'detail'> {
  switch (status) {
    case 'pending':
    case 'unknown':
      return { standing: 'underWay', detail: `PayPal: ${status}` };
    case 'denied':
      return { standing: 'stopped', detail: 'PayPal: denied' };
    // Of a capture that was refunded later: the refunds are movements of their own.
    case 'reversed':
    case 'partiallyRefunded':
    case 'success':
      return {};
  }
}

/** A document as we have it, with what the ERP says about it when asked. */
export interface Document {
  readonly kind: ErpDocumentKind;
  readonly subjectId: string;
  readonly state: ErpDocumentState;
  readonly revision: number;
  readonly totalMinor: number;
  readonly currency: Currency;
  /** Unix milliseconds of its last change of state. */
  readonly changedAtMs: number;
  /** Undefined when the ERP does not know the document. */
  readonly inErp?: {
    readonly revision: number;
    readonly status: 'received' | 'acknowledged' | 'rejected';
    /** What the ERP has booked; left out by an ERP that does not say. */
    readonly total?: { readonly amountMinor: number; readonly currency: Currency };
    readonly reason?: string;
  };
  /** The ERP answers about it, and nobody can read what. */
  readonly isUnread?: boolean;
}

/** What the ERP says about a sale. */
export function erpItems(sale: SaleFacts, documents: readonly Document[]): Item[] {
  return documents.map((document): Item => {
    const { kind, inErp } = document;
    const total = inErp?.total ?? { amountMinor: document.totalMinor, currency: document.currency };
    return {
      subject: kind,
      reference: documentReference(sale, document),
      ...total,
      atMs: document.changedAtMs,
      ...standingInErp(document),
    };
  });
}

function documentReference(sale: SaleFacts, { kind, subjectId }: Document): string {
  if (kind !== 'settlement') return subjectId;
  return sale.disbursements.find(({ id }) => id === subjectId)?.paymentId ?? subjectId;
}

function standingInErp({ state, inErp, isUnread }: Document): Pick<Item, 'standing' | 'detail'> {
  if (isUnread) {
    return { standing: 'underWay', detail: "The ERP's answer about it cannot be read." };
  }
  // Booked there is booked, even if its callback has not reached us.
  if (inErp?.status === 'acknowledged') return {};
  switch (state) {
    case 'acknowledged':
      return inErp
        ? { standing: 'stopped', detail: `The ERP acknowledged it, and now says ${inErp.status}.` }
        : { standing: 'lost', detail: 'The ERP acknowledged it, and now does not know it.' };
    case 'rejected':
    case 'dead':
      return { standing: 'stopped', detail: inErp?.reason ?? `The document is ${state}.` };
    case 'pending':
    case 'sending':
    case 'sent':
      return { standing: 'underWay', detail: `The document is ${state}.` };
  }
}
