import type pg from 'pg';
import { accounts } from '../../domain/ledger.ts';
import type { Currency } from '../../domain/money.ts';
import type { Work } from '../lane.ts';
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
  async read(client, requests) {
    // What was answered before is looked for under the locks: the same transfer in another process has
    // ended by then.
    const [wallets, earlier] = await Promise.all([
      lockWallets(client, requests),
      readEarlier(client, requests),
    ]);
    return { wallets, earlier };
  },
  answer(requests, { wallets, earlier }) {
    const { answers, made, refused } = answersOf(requests, wallets, earlier);
    const writes = [
      ...(made.length > 0 ? [transfersOf(made, wallets.postAt)] : []),
      ...(refused.length > 0 ? [refusalsOf(refused)] : []),
    ];
    return { answers, writes };
  },
};

const LOCK = `
WITH locked AS (
  SELECT account, currency, balance_minor, posted_at FROM ledger_balance
    JOIN unnest($1::text[], $2::text[]) AS asked (account, currency) USING (account, currency)
   ORDER BY account, currency FOR NO KEY UPDATE OF ledger_balance
)
SELECT account, currency, balance_minor,
       greatest(clock_timestamp(), max(posted_at) OVER ())::text AS post_at
FROM locked`;

async function lockWallets(
  client: pg.ClientBase,
  requests: readonly TransferRequest[],
): Promise<Wallets> {
  const asked = new Map<string, { account: string; currency: string }>();
  for (const { senderId, recipientId, currency } of requests) {
    for (const ownerId of [senderId, recipientId]) {
      asked.set(walletKey(ownerId, currency), { account: accounts.wallet(ownerId), currency });
    }
  }
  const { rows } = await client.query<{
    account: string;
    currency: string;
    balance_minor: number;
    post_at: string;
  }>({
    name: 'lock wallets',
    text: LOCK,
    values: [
      Array.from(asked.values(), ({ account }) => account),
      Array.from(asked.values(), ({ currency }) => currency),
    ],
  });
  return {
    balances: new Map(
      rows.map(({ account, currency, balance_minor }) => [`${currency} ${account}`, balance_minor]),
    ),
    postAt: rows[0]?.post_at ?? '',
  };
}

const EARLIER = `
SELECT subject_id AS id, substr(credit.account, 8) AS recipient_id, credit.currency,
       credit.amount_minor, reason AS note, posted_at, NULL::bigint AS available_minor
  FROM ledger_transaction
  JOIN ledger_entry AS credit ON transaction_id = ledger_transaction.id AND credit.amount_minor > 0
 WHERE kind = 'transfer' AND subject_id = ANY ($1)
UNION ALL
SELECT id, recipient_id, currency, amount_minor, note, NULL, available_minor
  FROM transfer_refusal WHERE id = ANY ($1)`;

async function readEarlier(
  client: pg.ClientBase,
  requests: readonly TransferRequest[],
): Promise<Map<string, Earlier>> {
  const { rows } = await client.query<{
    id: string;
    recipient_id: string;
    currency: Currency;
    amount_minor: number;
    note: string | null;
    posted_at: Date | null;
    available_minor: number | null;
  }>({ name: 'earlier transfers', text: EARLIER, values: [requests.map(transferId)] });
  return new Map(
    rows.map((row) => [
      row.id,
      {
        recipientId: row.recipient_id,
        currency: row.currency,
        amountMinor: row.amount_minor,
        note: row.note,
        answer: row.posted_at
          ? { made: true, id: row.id, postedAt: row.posted_at.toISOString() }
          : { made: false, code: 'insufficient_funds', availableMinor: row.available_minor! },
      },
    ]),
  );
}

// The ids are drawn first, so that transactions and entries need not be matched afterwards.
const POST = `
WITH made AS MATERIALIZED (
  SELECT nextval('ledger_transaction_id_seq') AS transaction_id, *
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
    AS given (id, sender_id, recipient_id, currency, amount_minor, note)
), transactions AS (
  INSERT INTO ledger_transaction (id, kind, subject_id, actor_id, reason, posted_at)
  OVERRIDING SYSTEM VALUE SELECT transaction_id, 'transfer', id, sender_id, note, $7 FROM made
)
INSERT INTO ledger_entry (transaction_id, account, currency, amount_minor)
SELECT transaction_id, side.account, currency, side.amount_minor FROM made, LATERAL (
  VALUES ('wallet:' || sender_id, -amount_minor), ('wallet:' || recipient_id, amount_minor)
) AS side (account, amount_minor)`;

const transfersOf = (made: readonly Made[], postAt: string): pg.QueryConfig => ({
  name: 'transfers',
  text: POST,
  values: [...columnsOf(made), postAt],
});

const refusalsOf = (refused: readonly Refused[]): pg.QueryConfig => ({
  name: 'refused transfers',
  text: `
INSERT INTO transfer_refusal (id, sender_id, recipient_id, currency, amount_minor, note, available_minor)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                     $7::bigint[])`,
  values: [...columnsOf(refused), refused.map(({ availableMinor }) => availableMinor)],
});

const columnsOf = (transfers: readonly Made[]): unknown[][] => [
  transfers.map(({ id }) => id),
  transfers.map(({ request }) => request.senderId),
  transfers.map(({ request }) => request.recipientId),
  transfers.map(({ request }) => request.currency),
  transfers.map(({ request }) => request.amountMinor),
  transfers.map(({ request }) => request.note),
];
