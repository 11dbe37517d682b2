import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { wakeSalesOf } from '../../database/buyers/wake-sales.ts';
import { Seller } from '../../database/entities/index.ts';
import { Allow } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { notFound } from '../http/problem.ts';
import { ExternalId, iso, Line, Moment } from '../http/schemas.ts';

const WriteSeller = z
  .object({
    id: ExternalId.refine((id) => !/:(held|credit)$/.test(id), {
      error: 'must not end as the ledger accounts of another seller do',
    }).describe("the subject of the seller's tokens"),
    name: Line(200).min(1),
    paypalMerchantId: z
      .string()
      .regex(/^[A-Z0-9]{5,20}$/)
      .describe('the PayPal account that is paid'),
    isHouse: z.boolean().default(false).describe('the house itself: its lots have a least price'),
    delayedDisbursement: z
      .boolean()
      .optional()
      .describe('whether PayPal holds money for the seller; left out: as it is known'),
    associates: z
      .array(ExternalId)
      .max(100)
      .default([])
      .describe("bidders of the seller's own, who may not bid on the seller's pieces"),
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
    @InChange() { tx, correlationId }: Change,
    @Body({ schema: WriteSeller }) seller: z.infer<typeof WriteSeller>,
  ) {
    const { associates, ...facts } = seller;
    await tx.upsert(Seller, facts, ['id']);
    await tx.query('DELETE FROM seller_associate WHERE seller_id = $1', [seller.id]);
    await tx.query('INSERT INTO seller_associate SELECT DISTINCT $1, unnest($2::text[])', [
      seller.id,
      associates,
    ]);
    await wakeSalesOf(tx, associates, correlationId);
    return this.view(tx, seller.id);
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOkResponse({ standardSchema: SellerView })
  async get(@Param('id', { schema: ExternalId }) id: string) {
    return this.view(this.database.manager, id);
  }

  private async view(manager: EntityManager, id: string): Promise<z.infer<typeof SellerView>> {
    const seller = await manager.findOneBy(Seller, { id });
    if (!seller) throw notFound('seller', id);
    const associates = await manager.query<{ bidder_id: string }[]>(
      'SELECT bidder_id FROM seller_associate WHERE seller_id = $1 ORDER BY 1',
      [id],
    );
    return {
      id,
      name: seller.name,
      paypalMerchantId: seller.paypalMerchantId,
      isHouse: seller.isHouse,
      delayedDisbursement: seller.delayedDisbursement,
      associates: associates.map(({ bidder_id }) => bidder_id),
      createdAt: iso(seller.createdAt),
    };
  }
}
