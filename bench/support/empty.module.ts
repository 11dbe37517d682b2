import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { PlaceBid } from '../../src/api/bids/bids.schemas.ts';
import { Allow } from '../../src/api/http/access.ts';
import { Direct } from '../../src/api/http/direct.ts';

/** What a request costs before any bid is placed: the same guard, the same validation, no work. */
@Controller('bench')
class EmptyController {
  @Post('empty')
  @Direct()
  @HttpCode(200)
  @Allow('bidder')
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- The parameter is what is validated.
  nothing(@Body({ schema: PlaceBid }) _bid: PlaceBid): void {}
}

@Module({ controllers: [EmptyController] })
export class EmptyModule {}
