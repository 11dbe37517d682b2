import { z } from 'zod';
import { keepable } from '../../domain/common/keepable.ts';
import { decimalPlaces, type Currency } from '../../domain/common/money.ts';
import { PayPalError } from './errors.ts';
import { fromWire, minorOrZero } from './money.ts';

/** One movement of money in the account, as PayPal reports it up to three hours later. */
export interface Transaction {
  readonly transactionId: string;
  /** The order, transaction or agreement that it belongs to. */
  readonly referenceId?: string;
  readonly referenceType?: string;
  /** https://developer.paypal.com/docs/transaction-search/transaction-event-codes/ */
  readonly eventCode: string;
  readonly status: 'success' | 'pending' | 'denied' | 'reversed' | 'partiallyRefunded' | 'unknown';
  /** Negative when money leaves the account. */
  readonly amountMinor: number;
  readonly currency: Currency;
  /** PayPal's fee: negative, or 0. */
  readonly feeMinor: number;
  readonly invoiceId?: string;
  /** Our payment id. */
  readonly customId?: string;
  readonly initiatedAt: string;
  readonly updatedAt: string;
}

/** A line of a list from outside that cannot be read. It stops nobody: it is kept, and shown to people. */
export interface UnreadLine {
  /** Why, for people. */
  readonly unread: string;
  readonly raw: unknown;
  /** The same when the line comes again; left out where it names itself in no way. */
  readonly key?: string;
  /** When it is dated, if it is. */
  readonly at?: Date;
}

export type ReportLine = Transaction | UnreadLine;

const STATUSES: Record<string, Transaction['status']> = {
  S: 'success',
  P: 'pending',
  D: 'denied',
  V: 'reversed',
  F: 'partiallyRefunded',
};

/** More than any payment of PayPal's, and small enough to be added up. */
const LARGEST_UNITS = 100_000_000_000;

const Text = z.string().min(1).max(255);
const Id = Text.regex(/^[\x21-\x7e]+$/, { error: 'is no id of PayPal’s' });
const Moment = z
  .string()
  .refine((text) => /^(199|20)\d/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: 'is no date',
  });
const MONEY = z.looseObject({ currency_code: z.string(), value: z.string() });
/** What helps to find the sale: without it the money is still told. */
const Hint = Text.transform(keepable).optional().catch(undefined);

/** PayPal's document requires none of these. What we cannot do without makes a line unread. */
const LINE = z.looseObject({
  transaction_info: z.looseObject({
    transaction_id: Id,
    transaction_event_code: z.string().regex(/^T\d{4}$/, { error: 'is no event code' }),
    transaction_initiation_date: Moment,
    transaction_amount: MONEY,
    fee_amount: MONEY.nullish(),
    transaction_status: z.string().nullish(),
    transaction_updated_date: Moment.optional().catch(undefined),
    paypal_reference_id: Hint,
    paypal_reference_id_type: Hint,
    invoice_id: Hint,
    custom_field: Hint,
  }),
});

/** A line as PayPal's report has it. */
export function readLine(raw: unknown): ReportLine {
  const parsed = LINE.safeParse(raw);
  if (!parsed.success) return unread(raw, whatIsWrong(parsed.error));
  try {
    return asTransaction(parsed.data.transaction_info);
  } catch (error) {
    if (error instanceof PayPalError) return unread(raw, error.description);
    throw error;
  }
}

function asTransaction(info: z.infer<typeof LINE>['transaction_info']): Transaction {
  const operation = 'transactions.search';
  const { amountMinor, currency } = fromWire(operation, info.transaction_amount);
  const fee = info.fee_amount;
  const feeMinor = minorOrZero(
    operation,
    fee ? { currencyCode: fee.currency_code, value: fee.value } : undefined,
    currency,
  );
  if (Math.abs(amountMinor) > LARGEST_UNITS * 10 ** decimalPlaces(currency)) {
    throw new PayPalError(operation, 200, 'TOO_LARGE', 'none', 'the amount is beyond all bounds');
  }
  return {
    transactionId: info.transaction_id,
    referenceId: info.paypal_reference_id,
    referenceType: info.paypal_reference_id_type,
    eventCode: info.transaction_event_code,
    status: STATUSES[info.transaction_status ?? ''] ?? 'unknown',
    amountMinor,
    currency,
    feeMinor,
    invoiceId: info.invoice_id,
    customId: info.custom_field,
    initiatedAt: info.transaction_initiation_date,
    updatedAt: info.transaction_updated_date ?? info.transaction_initiation_date,
  };
}

/** As much of a line as tells it from others. */
const SELF = z.looseObject({
  transaction_info: z
    .looseObject({
      transaction_id: Id.optional().catch(undefined),
      transaction_event_code: z.string().max(20).transform(keepable).optional().catch(undefined),
      transaction_initiation_date: Moment.optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

function unread(raw: unknown, why: string): UnreadLine {
  const info = SELF.safeParse(raw).data?.transaction_info;
  const id = info?.transaction_id;
  const date = info?.transaction_initiation_date;
  return {
    unread: why,
    raw,
    key: id && lineKey({ transactionId: id, eventCode: info?.transaction_event_code ?? '' }),
    at: date ? new Date(date) : undefined,
  };
}

/** One id may have two lines in the report, of which one moves the balance. */
export const lineKey = ({
  transactionId,
  eventCode,
}: Pick<Transaction, 'transactionId' | 'eventCode'>): string => `${transactionId} ${eventCode}`;

const whatIsWrong = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`).join('; ');
