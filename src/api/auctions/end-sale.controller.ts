import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { endSale } from '../../services/auction/end-sale.ts';
import { CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id, Reason } from '../http/schemas.ts';
import { AuctionView } from './auctions.schemas.ts';
import { AuctionsService } from './auctions.service.ts';
import { mustBeOutsider } from './outsider.ts';

const EndSale = Reason.extend({
  then: z
    .enum(['unsold', 'next'])
    .default('unsold')
    .describe('what becomes of the piece: it stays unsold, or the next bidder is asked'),
  onceUncaptured: z
    .boolean()
    .default(false)
    .describe('while PayPal may be taking the money: end the sale should it not have taken it'),
}).meta({ id: 'EndSale' });

@ApiTags('auctions')
@Controller('v1/auctions')
export class EndSaleController {
  constructor(private readonly auctions: AuctionsService) {}

  @Post(':id/end-sale')
  @Command('operator')
  @ApiOperation({
    summary: 'Ends a sale that nobody has paid, at any time; money that comes later goes back',
  })
  @ApiOkResponse({ standardSchema: AuctionView })
  async endSale(
    @InChange() { tx, cause }: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: EndSale }) { reason, then, onceUncaptured }: z.infer<typeof EndSale>,
  ) {
    await mustBeOutsider(tx, access.id, id);
    await endSale(tx, id, { cause: cause(reason), next: then === 'next', onceUncaptured });
    return this.auctions.view(tx, id, access);
  }
}
