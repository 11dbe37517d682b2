import { Body, Controller, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { propose } from '../../database/approvals.ts';
import { wakeSalesOf } from '../../database/buyers/wake-sales.ts';
import { Seller, type Approval } from '../../database/entities/index.ts';
import type { ApprovalRequests } from '../../database/entities/approval.ts';
import { notify } from '../../database/notices.ts';
import { ApprovalView, viewApproval } from '../approvals/approvals.schemas.ts';
import { mustBeOnlyProposal } from '../approvals/only-proposal.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { someOf } from '../http/edits/changes.ts';
import { ApiIfMatch, etagOf, mustMatch, Tagged } from '../http/edits/etag.ts';
import { lockThing } from '../http/edits/lock.ts';
import { given } from '../http/page.ts';
import { notFound, Problem } from '../http/problem.ts';
import { ExternalId, iso, Line, Moment, Text } from '../http/schemas.ts';
import { partOf, viewerOf, viewsOf } from '../http/views/views.ts';

const SellerId = ExternalId.refine((id) => !/:(held|credit)$/.test(id), {
  error: 'must not end as the ledger accounts of another seller do',
}).describe("the subject of the seller's tokens");

const Facts = z.object({
  name: Line(200).min(1),
  paypalMerchantId: z
    .string()
    .regex(/^[A-Z0-9]{5,20}$/)
    .describe('the PayPal account that is paid'),
  isHouse: z.boolean().describe('the house itself: its lots have a least price'),
  delayedDisbursement: z.boolean().describe('whether PayPal holds money for the seller'),
  associates: z
    .array(ExternalId)
    .max(100)
    .describe("bidders of the seller's own, who may not bid on the seller's pieces"),
});

const WriteSeller = someOf(Facts.shape)
  .extend({ id: SellerId })
  .meta({ id: 'WriteSeller', description: 'A new seller needs a name and paypalMerchantId.' });
type WriteSeller = z.infer<typeof WriteSeller>;

const ChangePayee = Facts.pick({ paypalMerchantId: true })
  .extend({ reason: Text(500).min(1).describe('kept in the audit log') })
  .meta({ id: 'ChangePayee' });

const SellerView = Facts.extend({ id: z.string(), createdAt: Moment }).meta({ id: 'Seller' });
type SellerView = z.infer<typeof SellerView>;

const SELLER_VIEWS = viewsOf(SellerView, {
  finance: partOf(SellerView, 'SellerForFinance', [
    'id',
    'name',
    'paypalMerchantId',
    'isHouse',
    'delayedDisbursement',
    'createdAt',
  ]),
});

const etagOfSeller = (seller: SellerView) =>
  etagOf(Object.keys(Facts.shape).map((name) => seller[name as keyof typeof Facts.shape]));

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
    @InChange() { tx, correlationId }: Change,
    @Body({ schema: WriteSeller }) seller: WriteSeller,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    const { id, associates, ...facts } = seller;
    await lockThing(tx, 'seller', id);
    const known = await find(tx, id);
    mustMatch(ifMatch, known && etagOfSeller(known));
    if (known) await change(tx, known, facts);
    else await create(tx, seller);
    if (associates) {
      await setAssociates(tx, id, associates);
      await wakeSalesOf(tx, associates, correlationId);
    }
    return view(tx, id);
  }

  @Post(':id/payee')
  @Command('operator')
  @ApiOperation({
    summary: 'Proposes another PayPal account to be paid; a second person approves it',
    description: 'It touches only orders that are opened later. The seller is told at once.',
  })
  @ApiOkResponse({ standardSchema: ApprovalView })
  async changePayee(
    @InChange() { tx, cause }: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: ExternalId }) id: string,
    @Body({ schema: ChangePayee }) { paypalMerchantId, reason }: z.infer<typeof ChangePayee>,
  ) {
    await lockThing(tx, 'seller', id);
    const { paypalMerchantId: from } = await view(tx, id);
    const change = { sellerId: id, from, to: paypalMerchantId };
    if (access.id === id) {
      throw new Problem(403, 'not_for_oneself', 'It is your own: somebody else must propose it.');
    }
    if (change.to === from) {
      throw new Problem(409, 'state_conflict', `The seller is paid to ${from} already.`);
    }
    return viewApproval(await proposePayee(tx, change, { ...cause(), reason }));
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'A seller' })
  @ApiOkResponse({ standardSchema: SELLER_VIEWS.schema })
  async get(@CurrentAccess() access: Access, @Param('id', { schema: ExternalId }) id: string) {
    return SELLER_VIEWS.of(viewerOf(access), await view(this.database.manager, id));
  }
}

/** The seller is told before anything changes: whoever has not asked for it can still say so. */
async function proposePayee(
  tx: EntityManager,
  change: ApprovalRequests['payee_change'],
  cause: Parameters<typeof propose>[2],
): Promise<Approval> {
  const { sellerId, from, to } = change;
  const proposal = { kind: 'payee_change', subjectId: sellerId } as const;
  await mustBeOnlyProposal(tx, proposal);
  const approval = await propose(tx, { ...proposal, request: change }, cause);
  await notify(tx, {
    recipientId: sellerId,
    kind: 'payee_change_proposed',
    subjectId: approval.id,
    text: `We have been asked to pay your new sales to the PayPal account ${to} instead of ${from}. Was it not you who asked for that, tell us at once.`,
  });
  return approval;
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

async function view(manager: EntityManager, id: string): Promise<SellerView> {
  const seller = await find(manager, id);
  if (!seller) throw notFound('seller', id);
  return seller;
}

async function find(manager: EntityManager, id: string): Promise<SellerView | undefined> {
  const seller = await manager.findOneBy(Seller, { id });
  if (!seller) return undefined;
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
