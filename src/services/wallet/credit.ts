import type { EntityManager } from 'typeorm';
import { accounts, creditPosting, type Posting } from '../../domain/ledger/ledger.ts';
import type { Currency } from '../../domain/common/money.ts';
import { lockAccounts, post } from '../ledger/post-ledger.ts';

export interface Credit {
  readonly creditId: string;
  /** Who pays for it: the house, or a seller out of what the house owes that seller. */
  readonly from: { readonly sellerId: string } | 'house';
  readonly ownerId: string;
  readonly currency: Currency;
  readonly amountMinor: number;
  readonly by: NonNullable<Posting['by']>;
}

export type CreditOutcome =
  | { readonly outcome: 'issued'; readonly balanceMinor: number }
  | { readonly outcome: 'noWallet' }
  | { readonly outcome: 'refused'; readonly availableMinor: number };

/** Opens a wallet, so that others can send money to it. Safe to repeat. */
export async function openWallet(
  tx: EntityManager,
  ownerId: string,
  currency: Currency,
): Promise<void> {
  await lockAccounts(tx, currency, [accounts.wallet(ownerId)]);
}

/** Whether its owner has opened a wallet: a slip in an id reaches nobody. */
export const hasWallet = async (
  tx: EntityManager,
  ownerId: string,
  currency: Currency,
): Promise<boolean> => {
  const found = await tx.query<unknown[]>(
    'SELECT FROM ledger_balance WHERE account = $1 AND currency = $2',
    [accounts.wallet(ownerId), currency],
  );
  return found.length > 0;
};

/**
 * Puts store credit into a wallet. A seller's is drawn on what the house owes the seller: what PayPal has
 * paid out is the seller's own, and what is held may still go back to a buyer.
 */
export async function issueCredit(tx: EntityManager, credit: Credit): Promise<CreditOutcome> {
  const { from, ownerId, currency, amountMinor } = credit;
  if (!(await hasWallet(tx, ownerId, currency))) return { outcome: 'noWallet' };
  const source = from === 'house' ? accounts.house : accounts.sellerCredit(from.sellerId);
  const wallet = accounts.wallet(ownerId);
  const { balances } = await lockAccounts(tx, currency, [source, wallet]);
  const availableMinor = Math.max(0, balances.get(source)!);
  if (from !== 'house' && availableMinor < amountMinor) {
    return { outcome: 'refused', availableMinor };
  }
  await post(tx, creditPosting({ ...credit, from: source }));
  return { outcome: 'issued', balanceMinor: balances.get(wallet)! + amountMinor };
}

/** What the house has given an owner within a day without a second person; locks the wallet. */
export async function givenAloneMinor(
  tx: EntityManager,
  ownerId: string,
  currency: Currency,
): Promise<number> {
  const wallet = accounts.wallet(ownerId);
  await lockAccounts(tx, currency, [accounts.house, wallet]);
  const [{ given }] = await tx.query<[{ given: number }]>(
    `SELECT coalesce(sum(entry.amount_minor), 0)::bigint AS given
     FROM ledger_entry AS entry JOIN ledger_transaction AS t ON t.id = entry.transaction_id
     WHERE entry.account = $1 AND entry.currency = $2 AND kind = 'credit' AND approved_by IS NULL
       AND posted_at > clock_timestamp() - interval '1 day'
       AND EXISTS (SELECT FROM ledger_entry AS source
                    WHERE source.transaction_id = t.id AND source.account = $3)`,
    [wallet, currency, accounts.house],
  );
  return given;
}
