import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id, Reason } from '../http/schemas.ts';
import { OfferPage, OfferQuery, OfferView } from './offers.schemas.ts';
import { OffersService } from './offers.service.ts';

const answersOffer = ApiOkResponse({ standardSchema: OfferView });

@ApiTags('offers')
@Controller('v1/offers')
export class OffersController {
  constructor(private readonly offers: OffersService) {}

  @Get()
  @Allow('operator', 'finance', 'bidder')
  @ApiOperation({ summary: 'Offers, newest first: bidders see their own' })
  @ApiOkResponse({ standardSchema: OfferPage })
  list(@CurrentAccess() access: Access, @Query({ schema: OfferQuery }) query: OfferQuery) {
    return this.offers.list(access, query);
  }

  @Get(':id')
  @Allow('operator', 'finance', 'bidder')
  @ApiOperation({ summary: 'An offer' })
  @answersOffer
  get(@CurrentAccess() access: Access, @Param('id', { schema: Id }) id: string) {
    return this.offers.get(access, id);
  }

  @Post(':id/accept')
  @Command('operator', 'bidder')
  @ApiOperation({ summary: 'Accepts a second chance; a payment follows' })
  @answersOffer
  accept(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
  ) {
    return this.offers.answer(change, access, id, 'accept');
  }

  @Post(':id/decline')
  @Command('operator', 'bidder')
  @ApiOperation({ summary: 'Declines a second chance, without penalty' })
  @answersOffer
  decline(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
  ) {
    return this.offers.answer(change, access, id, 'decline');
  }

  @Post(':id/withdraw')
  @Command('operator')
  @ApiOperation({
    summary: 'Takes an offer back that is not paid; the next bidder is asked, if there is one',
  })
  @answersOffer
  withdraw(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: z.infer<typeof Reason>,
  ) {
    return this.offers.withdraw(change, id, reason);
  }
}
