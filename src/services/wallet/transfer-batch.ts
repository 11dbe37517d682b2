import { accounts } from '../../domain/ledger/ledger.ts';
import type { Currency } from '../../domain/common/money.ts';
import { amount, arrayOf, text, uuid } from '../../database/lanes/columns.ts';
import type { Work } from '../../database/lanes/lane.ts';
import { column, rowsOf, rowStatement } from '../../database/lanes/row-statement.ts';
import type { Row, Statement } from '../../database/lanes/statements.ts';
import {
  answersOf,
  walletKey,
  type Earlier,
  type Made,
  type Refused,
  type Wallets,
} from './answer.ts';
import { transferId, type TransferAnswer, type TransferRequest } from './transfer.ts';

export interface TransferFacts {
  readonly wallets: Wallets;
  readonly earlier: Map<string, Earlier>;
}

/**
 * A batch locks its wallets in account order, finds what was answered before, answers in the order of
 * arrival, and posts it all at once.
 */
export const TRANSFERS: Work<TransferRequest, TransferFacts, TransferAnswer> = {
  requests: 'transfers',
  // What was answered before is looked for under the locks: the same transfer in another process has
  // ended by then.
  reads: (requests) => [lockWallets(requests), readEarlier(requests)],
  facts: ([wallets, earlier]) => ({ wallets: walletsOf(wallets!), earlier: earlierOf(earlier!) }),
  answer(requests, { wallets, earlier }) {
    const { answers, made, refused } = answersOf(requests, wallets, earlier);
    const posted = made.map((each) => ({ ...each, postAt: wallets.postAt }));
    return { answers, writes: [...postTransfers(posted), ...keepRefusals(refused)] };
  },
};

const LOCK = `
WITH locked AS (
  SELECT account, currency, balance_minor, posted_at FROM ledger_balance
    JOIN ${rowsOf(['$1::text[]', '$2::text[]'])} AS asked (account, currency) USING (account, currency)
   ORDER BY account, currency FOR NO KEY UPDATE OF ledger_balance
)
SELECT account, currency, balance_minor,
       greatest(clock_timestamp(), max(posted_at) OVER ())::text AS post_at
FROM locked`;

type WalletRow = [account: string, currency: string, balanceMinor: string, postAt: string];

function lockWallets(requests: readonly TransferRequest[]): Statement {
  const asked = new Map<string, { account: string; currency: string }>();
  for (const { senderId, recipientId, currency } of requests) {
    for (const ownerId of [senderId, recipientId]) {
      asked.set(walletKey(ownerId, currency), { account: accounts.wallet(ownerId), currency });
    }
  }
  const wallets = [...asked.values()];
  return {
    name: 'lock wallets',
    text: LOCK,
    values: [
      arrayOf(
        text,
        wallets.map(({ account }) => account),
      ),
      arrayOf(
        text,
        wallets.map(({ currency }) => currency),
      ),
    ],
  };
}

const walletsOf = (rows: readonly Row[]): Wallets => ({
  balances: new Map(
    (rows as WalletRow[]).map(([account, currency, balance]) => [
      `${currency} ${account}`,
      Number(balance),
    ]),
  ),
  postAt: rows[0]?.[3] ?? '',
});

const EARLIER = `
SELECT subject_id, substr(credit.account, 8), credit.currency, credit.amount_minor, reason,
       posted_at, NULL::bigint
  FROM ledger_transaction
  JOIN ledger_entry AS credit ON transaction_id = ledger_transaction.id AND credit.amount_minor > 0
 WHERE kind = 'transfer' AND subject_id = ANY ($1)
UNION ALL
SELECT id, recipient_id, currency, amount_minor, note, NULL, available_minor
  FROM transfer_refusal WHERE id = ANY ($1)`;

type EarlierRow = [
  id: string,
  recipientId: string,
  currency: Currency,
  amountMinor: string,
  note: string | null,
  postedAt: string | null,
  availableMinor: string | null,
];

const readEarlier = (requests: readonly TransferRequest[]): Statement => ({
  name: 'earlier transfers',
  text: EARLIER,
  values: [arrayOf(uuid, requests.map(transferId))],
});

const earlierOf = (rows: readonly Row[]): Map<string, Earlier> =>
  new Map(
    (rows as EarlierRow[]).map((row) => {
      const [id, recipientId, currency, amountMinor, note, postedAt, available] = row;
      const answer: TransferAnswer =
        postedAt === null
          ? { made: false, code: 'insufficient_funds', availableMinor: Number(available) }
          : { made: true, id, postedAt: new Date(postedAt).toISOString() };
      return [id, { recipientId, currency, amountMinor: Number(amountMinor), note, answer }];
    }),
  );

const MADE = {
  id: column(uuid, ({ id }: Made) => id),
  sender_id: column(text, ({ request }: Made) => request.senderId),
  recipient_id: column(text, ({ request }: Made) => request.recipientId),
  currency: column(text, ({ request }: Made) => request.currency),
  amount_minor: column(amount, ({ request }: Made) => request.amountMinor),
  note: column(text, ({ request }: Made) => request.note),
};

// The ids are drawn first, so that transactions and entries need not be matched afterwards.
const postTransfers = rowStatement<Made & { readonly postAt: string }>({
  name: 'post transfers',
  columns: { ...MADE, post_at: column(text, ({ postAt }) => postAt) },
  text: (rows) => `
WITH made AS MATERIALIZED (
  SELECT nextval('ledger_transaction_id_seq') AS transaction_id, * FROM ${rows}
), transactions AS (
  INSERT INTO ledger_transaction (id, kind, subject_id, actor_id, reason, posted_at)
  OVERRIDING SYSTEM VALUE
  SELECT transaction_id, 'transfer', id, sender_id, note, post_at::timestamptz FROM made
)
INSERT INTO ledger_entry (transaction_id, account, currency, amount_minor)
SELECT transaction_id, side.account, currency, side.amount_minor FROM made, LATERAL (
  VALUES ('wallet:' || sender_id, -amount_minor), ('wallet:' || recipient_id, amount_minor)
) AS side (account, amount_minor)`,
});

const keepRefusals = rowStatement<Refused>({
  name: 'keep refused transfers',
  columns: { ...MADE, available_minor: column(amount, ({ availableMinor }) => availableMinor) },
  text: (rows, columns) => `INSERT INTO transfer_refusal (${columns}) SELECT * FROM ${rows}`,
});
