import type { Standing } from '../../domain/bidding.ts';
import { pairKey, type Account, type Circumstances } from './circumstances.ts';
import type { BatchAuction } from './lock-auctions.ts';
import type { BidRequest, ConditionCode, RefusedBid } from './request.ts';

/** Who may not bid here at all, and why. */
export function admissionRefusal(
  { bidderId }: BidRequest,
  { sellerId, asked }: BatchAuction,
  { accounts, admissions, associates }: Circumstances,
): RefusedBid | undefined {
  const refuse = (code: ConditionCode): RefusedBid => ({ accepted: false, code });
  if (bidderId === sellerId || associates.has(pairKey(sellerId, bidderId))) {
    return refuse('seller_may_not_bid');
  }
  if (accounts.get(bidderId)?.blockedReason != null) return refuse('bidder_blocked');
  if (!asked) return undefined;
  const admission = admissions.get(pairKey(asked.saleId, bidderId));
  if (asked.approval && !admission?.approved) return refuse('approval_required');
  if ((admission?.depositMinor ?? 0) < asked.depositMinor) return refuse('deposit_required');
  return undefined;
}

/** Would the bidder lead with more than the limit allows, over all open auctions? */
export function limitRefusal(
  { bidderId }: BidRequest,
  auction: BatchAuction,
  next: Standing,
  { accounts }: Circumstances,
): RefusedBid | undefined {
  const account = limited(accounts.get(bidderId), auction);
  if (!account || next.leader !== bidderId) return undefined;
  const here = auction.standing.leader === bidderId ? auction.standing.leaderMaximum! : 0;
  const maximumBidMinor = account.spendingLimitMinor! - (account.committedMinor - here);
  if (next.leaderMaximum! <= maximumBidMinor) return undefined;
  return {
    accepted: false,
    code: 'spending_limit_exceeded',
    maximumBidMinor: Math.max(0, maximumBidMinor),
  };
}

/** Takes the old leader's maximum off that bidder's account, and puts the new one's on. */
export function commit(auction: BatchAuction, next: Standing, { accounts }: Circumstances): void {
  const { standing: before } = auction;
  change(limited(accounts.get(before.leader ?? ''), auction), -(before.leaderMaximum ?? 0));
  change(limited(accounts.get(next.leader ?? ''), auction), next.leaderMaximum ?? 0);
}

function change(account: Account | undefined, byMinor: number): void {
  if (!account || byMinor === 0) return;
  account.committedMinor += byMinor;
  account.changed = true;
}

/** A limit counts auctions of its own currency. */
function limited(account: Account | undefined, auction: BatchAuction): Account | undefined {
  return account?.spendingCurrency === auction.currency ? account : undefined;
}
