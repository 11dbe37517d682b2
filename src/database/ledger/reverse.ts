import type { EntityManager } from 'typeorm';
import { isWallet, type Entry } from '../../domain/ledger.ts';
import { lockAccounts } from '../post-ledger.ts';

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
  by: { readonly actorId: string; readonly reason: string },
): Promise<Reversal> {
  const [original] = await tx.query<{ kind: string }[]>(
    'SELECT kind FROM ledger_transaction WHERE id = $1',
    [transactionId],
  );
  if (!original) return { outcome: 'refused', code: 'not_found' };
  if (original.kind === 'reversal') return { outcome: 'refused', code: 'is_a_reversal' };

  const entries = await tx.query<(Entry & { currency: string })[]>(
    `SELECT account, currency, amount_minor AS "amountMinor" FROM ledger_entry
     WHERE transaction_id = $1 ORDER BY id`,
    [transactionId],
  );
  const locked = await lockAll(tx, entries);
  const [earlier] = await tx.query<{ id: number }[]>(
    'SELECT id FROM ledger_transaction WHERE reverses = $1',
    [transactionId],
  );
  if (earlier) return { outcome: 'refused', code: 'already_reversed', transactionId: earlier.id };
  const overdrawn = locked.map(overdrawnWallet).find((each) => each !== undefined);
  if (overdrawn) return { outcome: 'refused', code: 'insufficient_funds', ...overdrawn };

  const [written] = await tx.query<[{ transaction_id: number }]>(
    `WITH reversal AS (
       INSERT INTO ledger_transaction (kind, subject_id, auction_id, posted_at, actor_id, reason, reverses)
       SELECT 'reversal', uuidv7(), auction_id, $2, $3, $4, id FROM ledger_transaction WHERE id = $1
       RETURNING id
     )
     INSERT INTO ledger_entry (transaction_id, account, currency, amount_minor)
     SELECT reversal.id, account, currency, -amount_minor FROM reversal, ledger_entry
     WHERE transaction_id = $1 ORDER BY ledger_entry.id RETURNING transaction_id`,
    [transactionId, locked.at(-1)!.postAt, by.actorId, by.reason],
  );
  return { outcome: 'reversed', transactionId: written.transaction_id };
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
