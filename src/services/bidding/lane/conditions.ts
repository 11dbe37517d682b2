import type { Standing } from '../../../domain/bidding/bidding.ts';
import { roomWithin, whyExcluded } from '../../../domain/eligibility/may-buy.ts';
import { pairKey, type Account, type Circumstances } from './circumstances.ts';
import type { BatchAuction } from './lock-auctions.ts';
import type { BidRequest, RefusedBid } from './request.ts';

/** Who may not bid here at all, and why. */
export function admissionRefusal(
  { bidderId }: BidRequest,
  { sellerId, asked }: BatchAuction,
  { accounts, admissions, associates }: Circumstances,
): RefusedBid | undefined {
  const admission = asked && admissions.get(pairKey(asked.saleId, bidderId));
  const code = whyExcluded(
    {
      ofSeller: bidderId === sellerId || associates.has(pairKey(sellerId, bidderId)),
      blocked: accounts.get(bidderId)?.blockedReason != null,
      approved: admission?.approved ?? false,
      depositMinor: admission?.depositMinor ?? 0,
    },
    asked,
  );
  return code && { accepted: false, code };
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
  const { spendingLimitMinor, committedMinor } = account;
  const maximumBidMinor = roomWithin({ limitMinor: spendingLimitMinor!, committedMinor }, here);
  if (next.leaderMaximum! <= maximumBidMinor) return undefined;
  return { accepted: false, code: 'spending_limit_exceeded', maximumBidMinor };
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
