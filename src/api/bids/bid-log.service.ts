import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Auction } from '../../database/entities/index.ts';
import { visibleAuctions } from '../auctions/visible.ts';
import type { Access } from '../http/access.ts';
import { notFound } from '../http/problem.ts';
import { isOperator } from '../http/views/views.ts';
import type { BidLogEntry, BidLogQuery } from './bids.schemas.ts';

interface Row {
  sequence: number;
  kind: 'bid' | 'buy_now' | 'retraction';
  bidder_id: string;
  maximum_minor: number | null;
  price_minor: number;
  placed_at: Date;
  bidder_number: number;
}

@Injectable()
export class BidLogService {
  constructor(private readonly database: DataSource) {}

  /** The log as this caller may read it: nobody learns another's name or maximum from it. */
  async list(
    access: Access,
    auctionId: string,
    { after, limit }: BidLogQuery,
  ): Promise<{ items: BidLogEntry[] }> {
    if (
      !(await this.database.manager.existsBy(Auction, visibleAuctions(access, { id: auctionId })))
    ) {
      throw notFound('auction', auctionId);
    }
    const rows = await this.database.query<Row[]>(
      `WITH bidder AS (
         SELECT bidder_id, row_number() OVER (ORDER BY min(sequence)) AS bidder_number
         FROM bid WHERE auction_id = $1 GROUP BY bidder_id
       )
       SELECT sequence, kind, bidder_id, maximum_minor, price_minor, placed_at, bidder_number
       FROM bid JOIN bidder USING (bidder_id)
       WHERE auction_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [auctionId, after, limit],
    );
    return { items: rows.map((row) => view(row, access)) };
  }
}

function view(row: Row, access: Access): BidLogEntry {
  const open = isOperator(access) || row.bidder_id === access.id;
  return {
    sequence: row.sequence,
    kind: row.kind,
    bidder: open ? row.bidder_id : `bidder ${row.bidder_number}`,
    ...(open && { maximumMinor: row.maximum_minor }),
    priceMinor: row.price_minor,
    placedAt: row.placed_at.toISOString(),
  };
}
