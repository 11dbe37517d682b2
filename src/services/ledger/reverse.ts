import type { EntityManager } from 'typeorm';
import { isWallet, type Entry } from '../../domain/ledger/ledger.ts';
import { lockAccounts } from './post-ledger.ts';

export type Reversal =
  | { readonly outcome: 'reversed'; readonly transactionId: number }
  | { readonly outcome: 'refused'; readonly code: 'not_found' | 'is_a_reversal' }
  | {
      readonly outcome: 'refused';
      readonly code: 'already_reversed';
      readonly transactionId: number;
    }
  | {
      readonly outcome: 'refused';
      readonly code: 'insufficient_funds';
      readonly account: string;
      readonly availableMinor: number;
    };

/**
 * Takes a ledger transaction back by its exact opposite, once; the database checks both. History stays
 * as it is: until now the first counted, from now on neither does. A wallet whose money has been spent
 * meanwhile stands in the way.
 */
export async function reverse(
  tx: EntityManager,
  transactionId: number,
  by: { readonly actorId: string; readonly reason: string; readonly approvedBy: string },
): Promise<Reversal> {
  const hindrance = await whyNotReversed(tx, transactionId);
  if (hindrance) return hindrance;

  const entries = await entriesOf(tx, transactionId);
  const locked = await lockAll(tx, entries);
  // Somebody else may have done it while we waited for the accounts.
  const overtaken = await whyNotReversed(tx, transactionId);
  if (overtaken) return overtaken;
  const overdrawn = locked.map(overdrawnWallet).find((each) => each !== undefined);
  if (overdrawn) return { outcome: 'refused', code: 'insufficient_funds', ...overdrawn };

  const [written] = await tx.query<[{ transaction_id: number }]>(
    `WITH reversal AS (
       INSERT INTO ledger_transaction (kind, subject_id, auction_id, posted_at, actor_id, reason,
                                       approved_by, reverses)
       SELECT 'reversal', uuidv7(), auction_id, $2, $3, $4, $5, id FROM ledger_transaction WHERE id = $1
       RETURNING id
     )
     INSERT INTO ledger_entry (transaction_id, account, currency, amount_minor)
     SELECT reversal.id, account, currency, -amount_minor FROM reversal, ledger_entry
     WHERE transaction_id = $1 ORDER BY ledger_entry.id RETURNING transaction_id`,
    [transactionId, locked.at(-1)!.postAt, by.actorId, by.reason, by.approvedBy],
  );
  return { outcome: 'reversed', transactionId: written.transaction_id };
}

export const entriesOf = (
  tx: EntityManager,
  transactionId: number,
): Promise<(Entry & { currency: string })[]> =>
  tx.query(
    `SELECT account, currency, amount_minor AS "amountMinor" FROM ledger_entry
     WHERE transaction_id = $1 ORDER BY id`,
    [transactionId],
  );

/** What stands against a reversal, as far as it can be seen without its accounts; undefined: nothing. */
export async function whyNotReversed(
  tx: EntityManager,
  transactionId: number,
): Promise<Extract<Reversal, { outcome: 'refused' }> | undefined> {
  const [original] = await tx.query<{ kind: string; reversedBy: number | null }[]>(
    `SELECT kind, (SELECT id FROM ledger_transaction WHERE reverses = $1) AS "reversedBy"
     FROM ledger_transaction WHERE id = $1`,
    [transactionId],
  );
  if (!original) return { outcome: 'refused', code: 'not_found' };
  if (original.kind === 'reversal') return { outcome: 'refused', code: 'is_a_reversal' };
  if (original.reversedBy === null) return undefined;
  return { outcome: 'refused', code: 'already_reversed', transactionId: original.reversedBy };
}

interface Locked {
  readonly entries: readonly Entry[];
  readonly balances: ReadonlyMap<string, number>;
  readonly postAt: string;
}

/** Per currency. Whoever reverses the same transaction waits here. */
async function lockAll(
  tx: EntityManager,
  entries: readonly (Entry & { currency: string })[],
): Promise<Locked[]> {
  const locked: Locked[] = [];
  for (const currency of [...new Set(entries.map((entry) => entry.currency))].sort()) {
    const ours = entries.filter((entry) => entry.currency === currency);
    const accounts = ours.map(({ account }) => account);
    locked.push({ entries: ours, ...(await lockAccounts(tx, currency, accounts)) });
  }
  return locked;
}

function overdrawnWallet({ entries, balances }: Locked) {
  const after = new Map(balances);
  for (const { account, amountMinor } of entries) {
    after.set(account, after.get(account)! - amountMinor);
  }
  const account = [...after.keys()].find((each) => isWallet(each) && after.get(each)! < 0);
  return account === undefined ? undefined : { account, availableMinor: balances.get(account)! };
}
