import { z } from 'zod';
import { POSTING_KINDS } from '../../domain/ledger/ledger.ts';
import {
  AfterRow,
  Currency,
  Id,
  Line,
  Moment,
  pageOf,
  RowId,
  SignedMinor,
  wholeNumber,
} from '../http/schemas.ts';

/** The longest: a seller's, with the seller's id in it. */
export const Account = Line(150).min(1);
/** Counted by the database. */
export const TransactionId = RowId;

const Kind = z.enum(POSTING_KINDS);
const Amount = SignedMinor.describe('minor units; positive puts money into the account');

export const EntryView = z
  .object({
    id: z.int(),
    transactionId: z.int(),
    kind: Kind,
    auctionId: Id.nullable(),
    account: z.string(),
    currency: Currency,
    amountMinor: Amount,
    postedAt: Moment,
  })
  .meta({ id: 'LedgerEntry' });
export const EntryPage = pageOf(EntryView, 'LedgerEntryPage');

export const EntryQuery = z.object({
  auctionId: Id.optional(),
  account: Account.optional(),
  limit: wholeNumber(1, 500).default(100),
  after: AfterRow,
});
export type EntryQuery = z.infer<typeof EntryQuery>;

export const BalancePage = pageOf(
  z.object({ account: z.string(), currency: Currency, balanceMinor: SignedMinor }),
  'LedgerBalances',
);

export const BalanceQuery = z.object({
  account: Account.optional(),
  limit: wholeNumber(1, 1_000).default(1_000),
  after: Line(160)
    .regex(/^[A-Z]{3}:/, { error: 'give the `next` of the page before' })
    .optional(),
});
export type BalanceQuery = z.infer<typeof BalanceQuery>;

export const TransactionView = z
  .object({
    id: z.int(),
    kind: Kind,
    auctionId: Id.nullable(),
    postedAt: Moment,
    actorId: z
      .string()
      .nullable()
      .describe('the person who posted it; null: it followed from events'),
    approvedBy: z.string().nullable().describe('the second person, where two are needed'),
    reason: z.string().nullable(),
    reverses: z.int().nullable().describe('the transaction that this one takes back'),
    reversedBy: z.int().nullable().describe('the transaction that has taken this one back'),
    entries: z.array(z.object({ account: z.string(), currency: Currency, amountMinor: Amount })),
  })
  .meta({ id: 'LedgerTransaction' });
export type TransactionView = z.infer<typeof TransactionView>;

export const AccountQuery = z.object({
  at: Moment.optional().describe('what was held just before this moment; now, without it'),
});

export const AccountView = z
  .object({
    account: z.string(),
    at: Moment.nullable().describe('null: now'),
    balances: z.array(z.object({ currency: Currency, balanceMinor: SignedMinor })),
  })
  .meta({ id: 'LedgerAccount' });
export type AccountView = z.infer<typeof AccountView>;

export const StatementQuery = z.object({
  currency: Currency,
  from: Moment.describe('UTC; the period begins with it'),
  to: Moment.optional().describe(
    'UTC; no longer in the period, and not in the future; by default now',
  ),
  limit: wholeNumber(1, 500).default(100),
  after: z
    .string()
    .regex(/^\d{1,15}:-?\d{1,15}$/, { error: 'give the `next` of the page before' })
    .optional(),
});
export type StatementQuery = z.infer<typeof StatementQuery>;

export const Statement = z
  .object({
    account: z.string(),
    currency: Currency,
    from: Moment,
    to: Moment.describe('ask for further pages with this as `to`'),
    openingMinor: SignedMinor.describe('balance at `from`, minor units'),
    closingMinor: SignedMinor.describe('balance at `to`, minor units'),
    items: z.array(
      z.object({
        id: z.int(),
        transactionId: z.int(),
        kind: Kind,
        auctionId: Id.nullable(),
        counterAccount: z
          .string()
          .nullable()
          .describe('the other side, where there is only one that concerns the owner'),
        reason: z
          .string()
          .nullable()
          .describe('of credits, transfers and receipts; else for the house'),
        amountMinor: Amount,
        balanceMinor: SignedMinor.describe('after this entry, minor units'),
        postedAt: Moment,
      }),
    ),
    next: z.string().nullable().describe('give it as `after`; null on the last page'),
  })
  .meta({ id: 'LedgerStatement' });
export type Statement = z.infer<typeof Statement>;
