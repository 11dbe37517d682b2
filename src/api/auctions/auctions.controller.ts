import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id, Reason } from '../http/schemas.ts';
import { AUCTION_VIEWS, AuctionPage, AuctionQuery, CreateAuction } from './auctions.schemas.ts';
import { AuctionsService } from './auctions.service.ts';

const answersAuction = ApiOkResponse({ standardSchema: AUCTION_VIEWS.schema });
type Reason = z.infer<typeof Reason>;

@ApiTags('auctions')
@Controller('v1/auctions')
export class AuctionsController {
  constructor(private readonly auctions: AuctionsService) {}

  @Post()
  @Command('operator', 'seller')
  @ApiOperation({ summary: 'Drafts an auction of one piece' })
  @answersAuction
  create(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Body({ schema: CreateAuction }) body: CreateAuction,
  ) {
    return this.auctions.create(change, access, body);
  }

  @Get()
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'Auctions, newest first: drafts only for who may see them' })
  @ApiOkResponse({ standardSchema: AuctionPage })
  list(@CurrentAccess() access: Access, @Query({ schema: AuctionQuery }) query: AuctionQuery) {
    return this.auctions.list(access, query);
  }

  @Get(':id')
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'An auction' })
  @answersAuction
  get(@CurrentAccess() access: Access, @Param('id', { schema: Id }) id: string) {
    return this.auctions.get(access, id);
  }

  @Post(':id/publish')
  @Command('operator', 'seller')
  @ApiOperation({ summary: 'Starts its life: it opens and closes by itself' })
  @answersAuction
  publish(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
  ) {
    return this.auctions.publish(change, access, id);
  }

  @Post(':id/close')
  @Command('operator')
  @ApiOperation({ summary: 'Ends the bidding now' })
  @answersAuction
  close(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.auctions.close(change, access, id, reason);
  }

  @Post(':id/pause')
  @Command('operator')
  @ApiOperation({ summary: 'Refuses bids until resumed; the closing time waits, too' })
  @answersAuction
  pause(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.auctions.intervene(change, access, id, 'pause', reason);
  }

  @Post(':id/resume')
  @Command('operator')
  @ApiOperation({ summary: 'Takes bids again; the end moves by as long as it was paused' })
  @answersAuction
  resume(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.auctions.intervene(change, access, id, 'resume', reason);
  }

  @Post(':id/cancel')
  @Command('operator')
  @ApiOperation({ summary: 'Ends the auction without a sale; not possible once it has closed' })
  @answersAuction
  cancel(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.auctions.intervene(change, access, id, 'cancel', reason);
  }
}
