import { accounts, type Entry } from '../ledger/ledger.ts';
import type { Difference } from './compare.ts';

/** Whose sale it is, and whether PayPal still holds its money. */
export interface RepairedSale {
  readonly bidderId: string;
  readonly sellerId: string;
  readonly isHeld: boolean;
}

/**
 * The entries after which the ledger says what PayPal says; none where the ledger is not what is to be
 * mended: a document of the ERP is corrected or sent again, and what is under way is waited for.
 */
export function repairEntries(
  difference: Pick<Difference, 'side' | 'subject' | 'kind' | 'expectedMinor' | 'foundMinor'>,
  { bidderId, sellerId, isHeld }: RepairedSale,
): Entry[] {
  const { side, subject, kind } = difference;
  if (side !== 'paypal' || kind === 'timing' || kind === 'state') return [];
  const off = difference.foundMinor - difference.expectedMinor;
  const move = (from: string, to: string): Entry[] => [
    { account: from, amountMinor: -off },
    { account: to, amountMinor: off },
  ];
  const seller = isHeld ? accounts.sellerHeld(sellerId) : accounts.seller(sellerId);
  switch (subject) {
    case 'capture':
      return move(accounts.buyer(bidderId), seller);
    case 'paypal_fee':
      return move(seller, accounts.paypalFees);
    case 'platform_fee':
      return move(seller, isHeld ? accounts.houseHeld : accounts.house);
    case 'refund':
    case 'dispute_loss':
      return move(seller, accounts.buyer(bidderId));
    case 'refund_platform_fee':
      return move(isHeld ? accounts.houseHeld : accounts.house, seller);
    case 'refund_paypal_fee':
      return move(accounts.paypalFees, seller);
    case 'payout_amount':
    case 'release':
      return move(accounts.sellerHeld(sellerId), accounts.seller(sellerId));
    case 'dispute_fee':
      return move(seller, accounts.paypalFees);
    case 'payout_fee':
      return move(accounts.house, accounts.paypalFees);
    case 'invoice':
    case 'settlement':
    case 'credit_note':
    case 'debit_note':
      return [];
  }
}

/** How much a repair moves, in minor units. */
export const amountMoved = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { amountMinor }) => sum + Math.max(0, amountMinor), 0);

/** Why these entries cannot be posted, as a sentence; undefined when they can. */
export function faultInEntries(entries: readonly Entry[]): string | undefined {
  if (entries.reduce((sum, { amountMinor }) => sum + amountMinor, 0) !== 0) {
    return 'The entries of a repair must add up to nothing.';
  }
  if (new Set(entries.map(({ account }) => account)).size < entries.length) {
    return 'Name each account once.';
  }
  return undefined;
}
