import { boughtAt } from '../../../domain/bidding/bid-log.ts';
import {
  canBuyNow,
  nextPrice,
  placeBid,
  reserveMet,
  type BiddingTerms,
  type Standing,
} from '../../../domain/bidding/bidding.ts';
import { extendClosing } from '../../../domain/auction/soft-close.ts';
import { admissionRefusal, commit, limitRefusal } from './conditions.ts';
import { requestKey, type Circumstances, type Earlier } from './circumstances.ts';
import { bidHash } from '../bid-hash.ts';
import type { BatchAuction } from './lock-auctions.ts';
import type { AcceptedBid, BidAnswer, BidRequest, PlacedBid, RefusedBid } from './request.ts';

/** An entry for the bid log. */
export interface NewEntry {
  readonly request: BidRequest;
  readonly answer: AcceptedBid;
  readonly placedAtMs: number;
  readonly closesAtMs: number;
  readonly leader: string | null;
  readonly hash: string;
}

export interface NewRefusal {
  readonly request: BidRequest;
  readonly answer: RefusedBid;
}

/** Answers requests in their order, each on the standing that the one before has left. */
export function answersOf(
  requests: readonly BidRequest[],
  auctions: ReadonlyMap<string, BatchAuction>,
  circumstances: Circumstances,
): { answers: BidAnswer[]; entries: NewEntry[]; refusals: NewRefusal[] } {
  const entries: NewEntry[] = [];
  const refusals: NewRefusal[] = [];
  const answers = requests.map((request) => {
    const auction = auctions.get(request.auctionId);
    const key = requestKey(request);
    const before = circumstances.earlier.get(key);
    if (before) return repeated(request, before, auction);
    if (!auction) return { accepted: false, code: 'auction_not_found' } as const;

    const answer = judge(request, auction, circumstances);
    if (answer.accepted) entries.push(entryOf(request, answer, auction));
    else refusals.push({ request, answer });
    const { auctionId, maximumMinor } = request;
    circumstances.earlier.set(key, { auctionId, maximumMinor, answer });
    return answer;
  });
  return { answers, entries, refusals };
}

/** The answer of the first time; a bid that was placed has an auction. */
function repeated(
  request: BidRequest,
  { auctionId, maximumMinor, answer }: Earlier,
  auction: BatchAuction | undefined,
): BidAnswer {
  if (auctionId !== request.auctionId || maximumMinor !== request.maximumMinor) {
    return refuse('idempotency_key_reused');
  }
  return answer.accepted ? acceptance(answer, auction!.terms) : answer;
}

function judge(
  request: BidRequest,
  auction: BatchAuction,
  circumstances: Circumstances,
): BidAnswer {
  if (auction.state !== 'open' || auction.bought) return refuse('auction_not_open');
  if (auction.nowMs >= auction.closesAtMs) return refuse('auction_ended'); // R12
  const refusal = admissionRefusal(request, auction, circumstances); // R11 and the house's conditions
  if (refusal) return refusal;

  const next = request.kind === 'buy_now' ? buyNow(request, auction) : bid(request, auction);
  if (!next.accepted) return next;
  const beyondLimit = limitRefusal(request, auction, next.standing, circumstances);
  if (beyondLimit) return beyondLimit;

  commit(auction, next.standing, circumstances);
  move(auction, next.standing, request.kind === 'buy_now');
  return acceptance(placed(request, auction), auction.terms);
}

type Next = { accepted: true; standing: Standing } | RefusedBid;

function bid(request: BidRequest, auction: BatchAuction): Next {
  const given = { bidder: request.bidderId, maximum: request.maximumMinor };
  const outcome = placeBid(auction.terms, auction.standing, given);
  if (outcome.accepted) return outcome;
  return { accepted: false, code: outcome.code, minimumBidMinor: outcome.minimumBid };
}

function buyNow(request: BidRequest, auction: BatchAuction): Next {
  const { terms, standing, buyNowMinor } = auction;
  // The price that the buyer has seen must be the price that it is.
  if (buyNowMinor !== request.maximumMinor || !canBuyNow(terms, standing)) {
    return refuse('buy_now_gone');
  }
  const led =
    standing.leader === null ? [] : [{ bidder: standing.leader, maximum: standing.leaderMaximum! }];
  const buyer = { bidder: request.bidderId, maximum: buyNowMinor };
  return { accepted: true, standing: boughtAt(buyer, led) };
}

function move(auction: BatchAuction, standing: Standing, bought: boolean): void {
  auction.standing = standing;
  auction.sequence += 1;
  auction.changed = true;
  auction.bought = bought;
  const closing = bought
    ? { closesAtMs: auction.nowMs, extensions: auction.extensions }
    : extendClosing(auction, auction.nowMs, auction.softClose);
  auction.extended ||= closing.closesAtMs !== auction.closesAtMs;
  auction.closesAtMs = closing.closesAtMs;
  auction.extensions = closing.extensions;
}

const placed = ({ bidderId }: BidRequest, auction: BatchAuction): PlacedBid => ({
  accepted: true,
  sequence: auction.sequence,
  priceMinor: auction.standing.price,
  leading: auction.standing.leader === bidderId,
  reserveMet: reserveMet(auction.terms, auction.standing),
  closesAt: inWords(auction.closesAtMs),
  placedAt: inWords(auction.nowMs),
});

/** Many bids share their milliseconds, and writing a date takes as long as judging a bid. */
const written = new Map<number, string>();
const MOST_WRITTEN = 1_000;

function inWords(ms: number): string {
  const known = written.get(ms);
  if (known !== undefined) return known;
  if (written.size >= MOST_WRITTEN) written.clear();
  const words = new Date(ms).toISOString();
  written.set(ms, words);
  return words;
}

/** The policy of an auction never changes, so what the next bid had to be need not be kept. */
const acceptance = (bid: PlacedBid, terms: BiddingTerms): AcceptedBid => ({
  ...bid,
  minimumBidMinor: nextPrice(terms, bid.priceMinor),
});

function entryOf(request: BidRequest, answer: AcceptedBid, auction: BatchAuction): NewEntry {
  const leader = auction.standing.leader;
  auction.hash = bidHash(auction.hash, {
    auctionId: auction.id,
    sequence: answer.sequence,
    kind: request.kind ?? 'bid',
    bidderId: request.bidderId,
    maximumMinor: request.maximumMinor,
    retractsFrom: null,
    enteredBy: request.enteredBy ?? null,
    placedAtMs: auction.nowMs,
    priceMinor: answer.priceMinor,
    leaderId: leader,
    closesAtMs: auction.closesAtMs,
  });
  const { nowMs: placedAtMs, closesAtMs, hash } = auction;
  return { request, answer, placedAtMs, closesAtMs, leader, hash };
}

const refuse = (code: RefusedBid['code']): RefusedBid => ({ accepted: false, code });
