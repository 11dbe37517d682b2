import { Body, Controller, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, type EntityManager } from 'typeorm';
import { wakeSalesOf } from '../../services/eligibility/wake-sales.ts';
import { Seller } from '../../database/entities/index.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { ApiIfMatch, mustMatch, Tagged } from '../http/edits/etag.ts';
import { lockThing } from '../http/edits/lock.ts';
import { given } from '../http/page.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { Problem } from '../http/problem.ts';
import { ExternalId } from '../http/schemas.ts';
import { viewersOf } from '../http/views/views.ts';
import { findSeller, readSeller } from './read-seller.ts';
import { etagOfSeller, SELLER_VIEWS, SellerView, WriteSeller } from './sellers.schemas.ts';

@ApiTags('sellers')
@Controller('v1/sellers')
@Tagged(etagOfSeller)
export class SellersController {
  constructor(private readonly database: DataSource) {}

  @Post()
  @Command('operator')
  @ApiOperation({ summary: 'Creates a seller, or changes what is named of one' })
  @ApiIfMatch()
  @ApiOkResponse({ standardSchema: SellerView })
  async write(
    @InChange() { tx, cause, correlationId }: Change,
    @Body({ schema: WriteSeller }) seller: WriteSeller,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    const { id, associates, ...facts } = seller;
    mustBeForAnother(cause().actorId, id);
    await lockThing(tx, 'seller', id);
    const known = await findSeller(tx, id);
    mustMatch(ifMatch, known && etagOfSeller(known));
    if (known) await change(tx, known, facts);
    else await create(tx, seller);
    if (associates) {
      await setAssociates(tx, id, associates);
      await wakeSalesOf(tx, associates, correlationId);
    }
    return readSeller(tx, id);
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'A seller' })
  @ApiOkResponse({ standardSchema: SELLER_VIEWS.schema })
  async get(@CurrentAccess() access: Access, @Param('id', { schema: ExternalId }) id: string) {
    return SELLER_VIEWS.of(viewersOf(access), await readSeller(this.database.manager, id));
  }
}

async function create(tx: EntityManager, { id, ...facts }: WriteSeller): Promise<void> {
  const { name, paypalMerchantId, isHouse = false, delayedDisbursement } = facts;
  if (name === undefined || paypalMerchantId === undefined) {
    const detail = `There is no seller ${id}: to create it, give its name and paypalMerchantId.`;
    throw new Problem(422, 'unknown_seller', detail);
  }
  await tx.insert(Seller, { id, name, paypalMerchantId, isHouse, delayedDisbursement });
}

async function change(
  tx: EntityManager,
  { id, paypalMerchantId }: SellerView,
  facts: Omit<WriteSeller, 'id' | 'associates'>,
): Promise<void> {
  if ((facts.paypalMerchantId ?? paypalMerchantId) !== paypalMerchantId) {
    throw new Problem(
      409,
      'second_person_needed',
      `Who is paid is changed by two people: propose it at POST /v1/sellers/${id}/payee.`,
    );
  }
  const changes = given(facts);
  if (Object.keys(changes).length > 0) await tx.update(Seller, { id }, changes);
}

/** Who stays is not written again: the audit log tells who has come and gone. */
async function setAssociates(tx: EntityManager, id: string, associates: string[]): Promise<void> {
  await tx.query('DELETE FROM seller_associate WHERE seller_id = $1 AND bidder_id <> ALL ($2)', [
    id,
    associates,
  ]);
  await tx.query(
    'INSERT INTO seller_associate SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING',
    [id, associates],
  );
}
