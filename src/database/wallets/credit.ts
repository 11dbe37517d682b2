import type { EntityManager } from 'typeorm';
import { accounts, creditPosting } from '../../domain/ledger.ts';
import type { Currency } from '../../domain/money.ts';
import { lockAccounts, post } from '../post-ledger.ts';

export interface Credit {
  readonly creditId: string;
  /** Who pays for it: the house, or a seller out of the own balance. */
  readonly from: { readonly sellerId: string } | 'house';
  readonly ownerId: string;
  readonly currency: Currency;
  readonly amountMinor: number;
  readonly by: { readonly actorId: string; readonly reason: string };
}

export type CreditOutcome =
  | { readonly outcome: 'issued'; readonly balanceMinor: number }
  | { readonly outcome: 'refused'; readonly availableMinor: number };

/** Opens a wallet, so that others can send money to it. Safe to repeat. */
export async function openWallet(
  tx: EntityManager,
  ownerId: string,
  currency: Currency,
): Promise<void> {
  await lockAccounts(tx, currency, [accounts.wallet(ownerId)]);
}

/** Puts store credit into a wallet, which is opened if need be. A seller must have what it costs. */
export async function issueCredit(tx: EntityManager, credit: Credit): Promise<CreditOutcome> {
  const source = credit.from === 'house' ? accounts.house : accounts.seller(credit.from.sellerId);
  const wallet = accounts.wallet(credit.ownerId);
  const owing = credit.from === 'house' ? [] : [accounts.sellerCredit(credit.from.sellerId)];
  const { balances } = await lockAccounts(tx, credit.currency, [source, wallet, ...owing]);
  const owedMinor = owing.reduce((sum, account) => sum + Math.min(0, balances.get(account)!), 0);
  const availableMinor = Math.max(0, balances.get(source)! + owedMinor);
  if (credit.from !== 'house' && availableMinor < credit.amountMinor) {
    return { outcome: 'refused', availableMinor };
  }
  await post(tx, creditPosting({ ...credit, from: source }));
  return { outcome: 'issued', balanceMinor: balances.get(wallet)! + credit.amountMinor };
}
