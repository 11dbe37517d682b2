import { Body, Controller, HttpCode, Module, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { PlaceBid } from '../../src/api/bids/bids.schemas.ts';
import { Allow, CurrentAccess, type Access } from '../../src/api/http/access.ts';
import { idempotencyKeyOf } from '../../src/api/http/change.ts';
import { Direct } from '../../src/api/http/direct.ts';
import { Id } from '../../src/api/http/schemas.ts';

/**
 * What a request costs before any bid is placed: the same guard, the same validation of all that a bid
 * consists of, no work.
 */
@Controller('bench/auctions/:auctionId')
class EmptyController {
  @Post('empty')
  @Direct()
  @HttpCode(200)
  @Allow('bidder')
  /* eslint-disable @typescript-eslint/no-unused-vars -- The parameters are what is validated. */
  nothing(
    @Req() request: FastifyRequest,
    @CurrentAccess() _access: Access,
    @Param('auctionId', { schema: Id }) _auctionId: string,
    @Body({ schema: PlaceBid }) _bid: PlaceBid,
  ): void {
    idempotencyKeyOf(request);
  }
  /* eslint-enable @typescript-eslint/no-unused-vars */
}

@Module({ controllers: [EmptyController] })
export class EmptyModule {}
