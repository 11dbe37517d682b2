import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { BidLane } from '../../services/bidding/lane/bid-lane.ts';
import { retractBids } from '../../services/bidding/retraction/retract.ts';
import { recordIntervention } from '../../database/record-intervention.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, idempotencyKeyOf, InChange, type Change } from '../http/change.ts';
import { Direct } from '../http/direct.ts';
import { mustBeOutsider } from '../auctions/outsider.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { forbidden } from '../http/problem.ts';
import { Id, iso } from '../http/schemas.ts';
import { BidLogService } from './bid-log.service.ts';
import {
  BidLog,
  BidLogQuery,
  BuyNow,
  EnterBid,
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
  @Direct()
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

  @Post('purchase')
  @HttpCode(200)
  @Allow('bidder')
  @ApiOperation({ summary: 'Buys the piece at once, while that is possible; the auction ends' })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiOkResponse({ standardSchema: PlacedBid })
  async buyNow(
    @Req() request: FastifyRequest,
    @CurrentAccess() { id: bidderId }: Access,
    @Param('auctionId', { schema: Id }) auctionId: string,
    @Body({ schema: BuyNow }) { priceMinor }: BuyNow,
  ) {
    const idempotencyKey = idempotencyKeyOf(request);
    return placedOrRefused(
      auctionId,
      await this.lane.place({
        kind: 'buy_now',
        auctionId,
        bidderId,
        maximumMinor: priceMinor,
        idempotencyKey,
      }),
    );
  }

  @Post('absentee-bids')
  @HttpCode(200)
  @Allow('operator')
  @ApiOperation({ summary: 'Enters a bid for an absent bidder, or one on the telephone' })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiOkResponse({ standardSchema: PlacedBid })
  async enter(
    @Req() request: FastifyRequest,
    @CurrentAccess() { id: enteredBy }: Access,
    @Param('auctionId', { schema: Id }) auctionId: string,
    @Body({ schema: EnterBid }) { bidderId, maximumMinor }: EnterBid,
  ) {
    mustBeForAnother(enteredBy, bidderId);
    // The bidder's own keys are that bidder's: another person's is another key.
    const idempotencyKey = `entered by ${enteredBy}:${idempotencyKeyOf(request)}`;
    return placedOrRefused(
      auctionId,
      await this.lane.place({ auctionId, bidderId, maximumMinor, idempotencyKey, enteredBy }),
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
  @Command('operator', 'bidder')
  @ApiOperation({
    summary: "Takes bids back, one's own or (operators) anyone's; the rest is replayed",
  })
  @ApiOkResponse({ standardSchema: Retraction })
  async retract(
    @InChange() { tx, cause, idempotencyKey }: Change,
    @CurrentAccess() access: Access,
    @Param('auctionId', { schema: Id }) auctionId: string,
    @Body({ schema: RetractBids }) { bidderId, reason }: RetractBids,
  ) {
    if (!access.seesAll && bidderId !== access.id) {
      throw forbidden('A bidder takes back only the own bids: give your own id as bidderId.');
    }
    if (bidderId !== access.id) await mustBeOutsider(tx, access.id, auctionId);
    const { auction, minimumBidMinor } = await retractBids(tx, {
      auctionId,
      bidderId,
      idempotencyKey: `retraction by ${access.id}:${idempotencyKey}`,
      byOperator: access.seesAll && bidderId !== access.id, // One's own are a bidder's.
      enteredBy: access.id,
    });
    await recordIntervention(tx, 'auction', auction, `retract bids of ${bidderId}`, cause(reason));
    return {
      priceMinor: auction.priceMinor,
      ...(access.seesAll && { leaderId: auction.leaderId }),
      minimumBid: minimumBidMinor,
      closesAt: iso(auction.closesAt),
    };
  }
}
