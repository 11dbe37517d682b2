import { Body, Controller, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { wakeSalesOf } from '../../services/eligibility/wake-sales.ts';
import { setLimit } from '../../services/bidding/limits.ts';
import { REGION } from '../../domain/payment/premium-tax.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { someOf } from '../http/edits/changes.ts';
import { ApiIfMatch, etagOf, mustMatch, Tagged } from '../http/edits/etag.ts';
import { lockThing } from '../http/edits/lock.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { notFound } from '../http/problem.ts';
import { AmountMinor, Currency, ExternalId, SignedMinor, Words } from '../http/schemas.ts';
import { partOf, viewersOf, viewsOf } from '../http/views/views.ts';

const Decisions = z.object({
  blockedReason: Words(500).nullable().describe('null: may bid'),
  spendingLimit: z
    .object({ amountMinor: AmountMinor, currency: Currency })
    .nullable()
    .describe('the maxima with which the bidder leads, over all open auctions, never pass it'),
});
const WriteBidder = someOf(Decisions.shape).meta({ id: 'WriteBidder' });

const Region = z
  .string()
  .regex(REGION, { error: 'must be an ISO 3166 code such as DE or US-NY' })
  .nullable()
  .describe('ISO 3166 country or subdivision, by which the premium is taxed; null: not known');
const WriteRegion = z.object({ region: Region }).meta({ id: 'WriteBidderRegion' });

const BidderView = Decisions.extend({
  id: z.string(),
  region: Region,
  committedMinor: SignedMinor.describe('minor units; what of the limit is used'),
  retractions: z
    .object({ total: z.int(), lastThirtyDays: z.int() })
    .describe('how often the bidder has taken bids back'),
}).meta({ id: 'Bidder' });
type BidderView = z.infer<typeof BidderView>;

/** What of a limit is used would tell finance what bidders offer at most. */
const BIDDER_VIEWS = viewsOf(BidderView, {
  finance: partOf(BidderView, 'BidderForFinance', ['id', 'region']),
});

/** Not of what is used of the limit, which bids change. */
const etagOfBidder = ({ blockedReason, spendingLimit, region }: BidderView) =>
  etagOf([blockedReason, spendingLimit?.amountMinor, spendingLimit?.currency, region]);

@ApiTags('bidders')
@Controller('v1/bidders')
@Tagged(etagOfBidder)
export class BiddersController {
  constructor(private readonly database: DataSource) {}

  @Post(':id')
  @Command('operator')
  @ApiOperation({
    summary: 'Blocks a bidder, sets a spending limit, or lifts them; what is not named stays',
  })
  @ApiIfMatch()
  @ApiOkResponse({ standardSchema: BidderView })
  async write(
    @InChange() { tx, cause, correlationId }: Change,
    @Param('id', { schema: ExternalId }) id: string,
    @Body({ schema: WriteBidder }) { blockedReason, spendingLimit }: z.infer<typeof WriteBidder>,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    mustBeForAnother(cause().actorId, id);
    await mustKnow(tx, id, ifMatch);
    if (spendingLimit !== undefined) await setLimit(tx, id, spendingLimit);
    if (blockedReason !== undefined) {
      await tx.query(
        `INSERT INTO bidder (id, blocked_reason) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET blocked_reason = EXCLUDED.blocked_reason`,
        [id, blockedReason],
      );
    }
    await wakeSalesOf(tx, [id], correlationId);
    return view(tx, id);
  }

  @Post(':id/region')
  @Command('operator')
  @ApiOperation({
    summary: 'Says where a bidder is, for tax on the premium; payments that are made keep theirs',
  })
  @ApiIfMatch()
  @ApiOkResponse({ standardSchema: BidderView })
  async writeRegion(
    @InChange() { tx, cause }: Change,
    @Param('id', { schema: ExternalId }) id: string,
    @Body({ schema: WriteRegion }) { region }: z.infer<typeof WriteRegion>,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    mustBeForAnother(cause().actorId, id);
    await mustKnow(tx, id, ifMatch);
    await tx.query(
      `INSERT INTO bidder_region (bidder_id, region) VALUES ($1, $2)
       ON CONFLICT (bidder_id) DO UPDATE SET region = EXCLUDED.region`,
      [id, region],
    );
    return view(tx, id);
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'What the house has decided about a bidder' })
  @ApiOkResponse({ standardSchema: BIDDER_VIEWS.schema })
  async get(@CurrentAccess() access: Access, @Param('id', { schema: ExternalId }) id: string) {
    return BIDDER_VIEWS.of(viewersOf(access), await view(this.database.manager, id));
  }
}

/** Locks the bidder for a change by somebody who has read what is known. */
async function mustKnow(tx: EntityManager, id: string, ifMatch: string | undefined): Promise<void> {
  await lockThing(tx, 'bidder', id);
  const known = await find(tx, id);
  mustMatch(ifMatch, known && etagOfBidder(known));
}

async function view(manager: EntityManager, id: string): Promise<BidderView> {
  const bidder = await find(manager, id);
  if (!bidder) throw notFound('bidder about whom anything is known', id);
  return bidder;
}

async function find(manager: EntityManager, id: string): Promise<BidderView | undefined> {
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
  return bidder;
}
