import type { EntityManager } from 'typeorm';
import {
  roomWithin,
  whyExcluded,
  type Buyer,
  type Ineligibility,
  type Limit,
  type SaleConditions,
} from '../../domain/eligibility/may-buy.ts';
import type { Auction } from '../../database/entities/index.ts';

type Piece = Pick<Auction, 'sellerId' | 'saleId' | 'currency'>;

/** Why this bidder may not buy the piece; with a price, also why not for so much more than now. */
export async function whyMayNotBuy(
  tx: EntityManager,
  piece: Piece,
  bidderId: string,
  priceMinor?: number,
): Promise<Ineligibility | undefined> {
  const { buyer, asked, limit } = await readBuyer(tx, piece, bidderId);
  const excluded = whyExcluded(buyer, asked);
  if (excluded || priceMinor === undefined || limit === null) return excluded;
  return priceMinor > roomWithin(limit) ? 'spending_limit_exceeded' : undefined;
}

/** What is known of a bidder as a buyer of this piece; see circumstances.ts for batches of bids. */
async function readBuyer(
  tx: EntityManager,
  { sellerId, saleId, currency }: Piece,
  bidderId: string,
): Promise<{ buyer: Buyer; asked: SaleConditions; limit: Limit | null }> {
  const [row] = await tx.query<(Buyer & AskedRow & LimitRow)[]>(
    `SELECT asked.id = $2 OR EXISTS (
              SELECT FROM seller_associate WHERE seller_id = $2 AND bidder_id = asked.id
            ) AS "ofSeller",
            blocked_reason IS NOT NULL AS blocked,
            coalesce(approved, false) AS approved,
            coalesce(sale_bidder.deposit_minor, 0) AS "depositMinor",
            coalesce(approval_required, false) AS "approvalAsked",
            coalesce(sale.deposit_minor, 0) AS "depositAskedMinor",
            CASE WHEN spending_currency = $4 THEN spending_limit_minor END AS "limitMinor",
            coalesce(committed_minor, 0) AS "committedMinor"
     FROM (VALUES ($1::text)) AS asked (id)
     LEFT JOIN bidder ON bidder.id = asked.id
     LEFT JOIN sale ON sale.id = $3
     LEFT JOIN sale_bidder ON sale_bidder.sale_id = $3 AND sale_bidder.bidder_id = asked.id`,
    [bidderId, sellerId, saleId, currency],
  );
  const { approvalAsked, depositAskedMinor, limitMinor, committedMinor, ...buyer } = row!;
  return {
    buyer,
    asked: { approval: approvalAsked, depositMinor: depositAskedMinor },
    limit: limitMinor === null ? null : { limitMinor, committedMinor },
  };
}

interface AskedRow {
  readonly approvalAsked: boolean;
  readonly depositAskedMinor: number;
}

interface LimitRow {
  readonly limitMinor: number | null;
  readonly committedMinor: number;
}
