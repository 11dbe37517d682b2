import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { BidLane } from '../../database/bidding/bid-lane.ts';
import { retractBids } from '../../database/bidding/retract.ts';
import { recordIntervention } from '../../database/record-intervention.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, idempotencyKeyOf, InChange, type Change } from '../http/change.ts';
import { Id } from '../http/schemas.ts';
import { BidLogService } from './bid-log.service.ts';
import {
  BidLog,
  BidLogQuery,
  PlaceBid,
  PlacedBid,
  RetractBids,
  Retraction,
} from './bids.schemas.ts';
import { placedOrRefused } from './refusals.ts';

@ApiTags('bids')
@Controller('v1/auctions/:auctionId')
export class BidsController {
  constructor(
    private readonly lane: BidLane,
    private readonly log: BidLogService,
  ) {}

  @Post('bids')
  @HttpCode(200)
  @Allow('bidder')
  @ApiOperation({ summary: 'Bids a maximum; the answer comes after the commit that makes it last' })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiOkResponse({ standardSchema: PlacedBid })
  async place(
    @Req() request: FastifyRequest,
    @CurrentAccess() { id: bidderId }: Access,
    @Param('auctionId', { schema: Id }) auctionId: string,
    @Body({ schema: PlaceBid }) { maximumMinor }: PlaceBid,
  ) {
    const idempotencyKey = idempotencyKeyOf(request);
    return placedOrRefused(
      auctionId,
      await this.lane.place({ auctionId, bidderId, maximumMinor, idempotencyKey }),
    );
  }

  @Get('bids')
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'The bid log, in order' })
  @ApiOkResponse({ standardSchema: BidLog })
  list(
    @CurrentAccess() access: Access,
    @Param('auctionId', { schema: Id }) auctionId: string,
    @Query({ schema: BidLogQuery }) query: BidLogQuery,
  ) {
    return this.log.list(access, auctionId, query);
  }

  @Post('retractions')
  @Command('operator')
  @ApiOperation({ summary: 'Takes all bids of a bidder back; the others are replayed' })
  @ApiOkResponse({ standardSchema: Retraction })
  async retract(
    @InChange() { tx, cause, idempotencyKey }: Change,
    @Param('auctionId', { schema: Id }) auctionId: string,
    @Body({ schema: RetractBids }) { bidderId, reason }: RetractBids,
  ) {
    const key = `retraction:${idempotencyKey}`;
    const { auction, minimumBidMinor } = await retractBids(tx, {
      auctionId,
      bidderId,
      idempotencyKey: key,
    });
    await recordIntervention(tx, 'auction', auction, `retract bids of ${bidderId}`, cause(reason));
    return {
      priceMinor: auction.priceMinor,
      leaderId: auction.leaderId,
      minimumBid: minimumBidMinor,
    };
  }
}
