import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { wakeSalesOf } from '../../database/buyers/wake-sales.ts';
import { setLimit } from '../../database/bidding/limits.ts';
import { REGION } from '../../domain/premium-tax.ts';
import { Allow } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { notFound } from '../http/problem.ts';
import { AmountMinor, Currency, ExternalId, SignedMinor, Text } from '../http/schemas.ts';

const WriteBidder = z
  .object({
    blockedReason: Text(500).min(1).nullable().default(null).describe('null: may bid'),
    spendingLimit: z
      .object({ amountMinor: AmountMinor, currency: Currency })
      .nullable()
      .default(null)
      .describe('the maxima with which the bidder leads, over all open auctions, never pass it'),
  })
  .meta({ id: 'WriteBidder' });

const Region = z
  .string()
  .regex(REGION, { error: 'must be an ISO 3166 code such as DE or US-NY' })
  .nullable()
  .describe('ISO 3166 country or subdivision, by which the premium is taxed; null: not known');
const WriteRegion = z.object({ region: Region }).meta({ id: 'WriteBidderRegion' });

const BidderView = WriteBidder.extend({
  id: z.string(),
  region: Region,
  committedMinor: SignedMinor.describe('minor units; what of the limit is used'),
  retractions: z
    .object({ total: z.int(), lastThirtyDays: z.int() })
    .describe('how often the bidder has taken bids back'),
}).meta({ id: 'Bidder' });
type BidderView = z.infer<typeof BidderView>;

@ApiTags('bidders')
@Controller('v1/bidders')
export class BiddersController {
  constructor(private readonly database: DataSource) {}

  @Post(':id')
  @Command('operator')
  @ApiOperation({ summary: 'Blocks a bidder, sets a spending limit, or lifts them' })
  @ApiOkResponse({ standardSchema: BidderView })
  async write(
    @InChange() { tx, correlationId }: Change,
    @Param('id', { schema: ExternalId }) id: string,
    @Body({ schema: WriteBidder }) wanted: z.infer<typeof WriteBidder>,
  ) {
    await setLimit(tx, id, wanted.spendingLimit);
    await tx.query('UPDATE bidder SET blocked_reason = $2 WHERE id = $1', [
      id,
      wanted.blockedReason,
    ]);
    await wakeSalesOf(tx, [id], correlationId);
    return view(tx, id);
  }

  @Post(':id/region')
  @Command('operator')
  @ApiOperation({
    summary: 'Says where a bidder is, for tax on the premium; payments that are made keep theirs',
  })
  @ApiOkResponse({ standardSchema: BidderView })
  async writeRegion(
    @InChange() { tx }: Change,
    @Param('id', { schema: ExternalId }) id: string,
    @Body({ schema: WriteRegion }) { region }: z.infer<typeof WriteRegion>,
  ) {
    await tx.query(
      `INSERT INTO bidder_region (bidder_id, region) VALUES ($1, $2)
       ON CONFLICT (bidder_id) DO UPDATE SET region = EXCLUDED.region`,
      [id, region],
    );
    return view(tx, id);
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOkResponse({ standardSchema: BidderView })
  get(@Param('id', { schema: ExternalId }) id: string) {
    return view(this.database.manager, id);
  }
}

async function view(manager: EntityManager, id: string): Promise<BidderView> {
  const [bidder] = await manager.query<BidderView[]>(
    `SELECT asked.id, region, blocked_reason AS "blockedReason",
            coalesce(committed_minor, 0) AS "committedMinor",
            CASE WHEN spending_limit_minor IS NOT NULL THEN json_build_object(
              'amountMinor', spending_limit_minor, 'currency', spending_currency)
            END AS "spendingLimit", retractions
     FROM (VALUES ($1)) AS asked (id)
     LEFT JOIN bidder ON bidder.id = asked.id
     LEFT JOIN bidder_region ON bidder_id = asked.id
     CROSS JOIN LATERAL (
       SELECT json_build_object(
                'total', count(*),
                'lastThirtyDays', count(*) FILTER (WHERE placed_at > now() - interval '30 days')
              ) AS retractions
       FROM bid WHERE bid.bidder_id = asked.id AND kind = 'retraction' AND entered_by IS NULL
     ) AS taken_back
     WHERE bidder.id IS NOT NULL OR bidder_id IS NOT NULL OR (retractions->>'total')::int > 0`,
    [id],
  );
  if (!bidder) throw notFound('bidder about whom anything is known', id);
  return bidder;
}
