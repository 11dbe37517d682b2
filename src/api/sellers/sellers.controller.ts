import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Seller } from '../../database/entities/index.ts';
import { Allow } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { notFound } from '../http/problem.ts';
import { ExternalId, iso, Moment, Text } from '../http/schemas.ts';

const WriteSeller = z
  .object({
    id: ExternalId.describe("the subject of the seller's tokens"),
    name: Text(200).min(1),
    paypalMerchantId: z
      .string()
      .regex(/^[A-Z0-9]{5,20}$/)
      .describe('the PayPal account that is paid'),
  })
  .meta({ id: 'WriteSeller' });

const SellerView = WriteSeller.extend({ createdAt: Moment }).meta({ id: 'Seller' });

@ApiTags('sellers')
@Controller('v1/sellers')
export class SellersController {
  constructor(private readonly database: DataSource) {}

  @Post()
  @Command('operator')
  @ApiOperation({ summary: 'Creates a seller, or brings one up to date' })
  @ApiOkResponse({ standardSchema: SellerView })
  async write(
    @InChange() { tx }: Change,
    @Body({ schema: WriteSeller }) seller: z.infer<typeof WriteSeller>,
  ) {
    await tx.upsert(Seller, seller, ['id']);
    return view(await tx.findOneByOrFail(Seller, { id: seller.id }));
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOkResponse({ standardSchema: SellerView })
  async get(@Param('id', { schema: ExternalId }) id: string) {
    const seller = await this.database.manager.findOneBy(Seller, { id });
    if (!seller) throw notFound('seller', id);
    return view(seller);
  }
}

const view = ({ id, name, paypalMerchantId, createdAt }: Seller) => ({
  id,
  name,
  paypalMerchantId,
  createdAt: iso(createdAt),
});
