import { Body, Controller, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { wakeSalesOf } from '../../services/eligibility/wake-sales.ts';
import { databaseNow } from '../../database/clock.ts';
import { durationMs } from '../../domain/common/duration.ts';
import { Sale } from '../../database/entities/index.ts';
import { UsableBy } from '../../domain/eligibility/usable-by.ts';
import { LARGEST_AMOUNT_MINOR } from '../../domain/common/money.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { someOf } from '../http/edits/changes.ts';
import { ApiIfMatch, etagOf, mustMatch, Tagged } from '../http/edits/etag.ts';
import { lockThing } from '../http/edits/lock.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { notFound, Problem } from '../http/problem.ts';
import { FARTHEST_END } from '../auctions/auctions.schemas.ts';
import { AmountMinor, ExternalId, Id, iso, Line, Moment, SignedMinor } from '../http/schemas.ts';
import { isOperator } from '../http/views/views.ts';

const CreateSale = z
  .object({
    title: Line(200).min(1),
    approvalRequired: z.boolean().default(false).describe('only bidders whom the house approves'),
    depositMinor: AmountMinor.nullable()
      .default(null)
      .describe('minor units; before the first bid'),
    firstClosesAt: Moment,
    staggerSeconds: z.int().min(0).max(86_400).default(0).describe('between the ends of two lots'),
    usableBy: UsableBy.default('operators').describe('whose drafts may be put into it'),
  })
  .meta({ id: 'CreateSale' });

const SaleView = CreateSale.extend({
  id: Id,
  depositMinor: SignedMinor.nullable(),
  usableBy: UsableBy.optional().describe('for operators'),
}).meta({ id: 'Sale' });

const Conditions = z.object({
  approved: z.boolean().describe('of a new admission: false'),
  depositMinor: z
    .int()
    .min(0)
    .max(LARGEST_AMOUNT_MINOR)
    .describe('minor units; what the house has received'),
});
const AdmitBidder = someOf(Conditions.shape).meta({ id: 'AdmitBidder' });
const Admission = Conditions.extend({ saleId: Id, bidderId: z.string() }).meta({
  id: 'Admission',
});
type Admission = z.infer<typeof Admission>;

/** Of an admission; a sale is not edited. */
const etagOfAdmission = (answer: Admission | object) =>
  'approved' in answer ? etagOf([answer.approved, answer.depositMinor]) : undefined;

@ApiTags('sales')
@Controller('v1/sales')
@Tagged(etagOfAdmission)
export class SalesController {
  constructor(private readonly database: DataSource) {}

  @Post()
  @Command('operator')
  @ApiOperation({ summary: 'Creates a sale: auctions with common conditions and staggered ends' })
  @ApiOkResponse({ standardSchema: SaleView })
  async create(
    @InChange() { tx }: Change,
    @CurrentAccess() access: Access,
    @Body({ schema: CreateSale }) wanted: z.infer<typeof CreateSale>,
  ) {
    const firstClosesAt = new Date(wanted.firstClosesAt);
    if (firstClosesAt.getTime() - (await databaseNow(tx)).getTime() > durationMs(FARTHEST_END)) {
      const detail = `firstClosesAt must lie within ${FARTHEST_END} from now.`;
      throw new Problem(422, 'closes_too_late', detail);
    }
    const { identifiers } = await tx.insert(Sale, {
      ...wanted,
      firstClosesAt,
    });
    return view(tx, identifiers[0]!.id as string, access);
  }

  @Get(':id')
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'A sale' })
  @ApiOkResponse({ standardSchema: SaleView })
  get(@CurrentAccess() access: Access, @Param('id', { schema: Id }) id: string) {
    return view(this.database.manager, id, access);
  }

  @Get(':id/bidders/:bidderId')
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'Whether a bidder is approved for the sale, and the deposit' })
  @ApiOkResponse({ standardSchema: Admission })
  async admission(
    @Param('id', { schema: Id }) saleId: string,
    @Param('bidderId', { schema: ExternalId }) bidderId: string,
  ) {
    const admission = await findAdmission(this.database.manager, saleId, bidderId);
    if (!admission) throw notFound('admission to this sale of', bidderId);
    return admission;
  }

  @Post(':id/bidders/:bidderId')
  @Command('operator')
  @ApiOperation({
    summary: 'Approves a bidder for the sale, and notes a deposit; what is not named stays',
  })
  @ApiIfMatch()
  @ApiOkResponse({ standardSchema: Admission })
  async admit(
    @InChange() { tx, cause, correlationId }: Change,
    @Param('id', { schema: Id }) saleId: string,
    @Param('bidderId', { schema: ExternalId }) bidderId: string,
    @Body({ schema: AdmitBidder }) wanted: z.infer<typeof AdmitBidder>,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<Admission> {
    mustBeForAnother(cause().actorId, bidderId);
    if (!(await tx.existsBy(Sale, { id: saleId }))) throw notFound('sale', saleId);
    await lockThing(tx, 'admission', `${saleId}/${bidderId}`);
    const known = await findAdmission(tx, saleId, bidderId);
    mustMatch(ifMatch, known && etagOfAdmission(known));
    const approved = wanted.approved ?? known?.approved ?? false;
    const depositMinor = wanted.depositMinor ?? known?.depositMinor ?? 0;
    await tx.query(
      `INSERT INTO sale_bidder (sale_id, bidder_id, approved, deposit_minor)
       VALUES ($1, $2, $3, $4)
       ON CONFLICT (sale_id, bidder_id)
       DO UPDATE SET approved = EXCLUDED.approved, deposit_minor = EXCLUDED.deposit_minor`,
      [saleId, bidderId, approved, depositMinor],
    );
    await wakeSalesOf(tx, [bidderId], correlationId);
    return { saleId, bidderId, approved, depositMinor };
  }
}

async function findAdmission(
  manager: EntityManager,
  saleId: string,
  bidderId: string,
): Promise<Admission | undefined> {
  const [admission] = await manager.query<Admission[]>(
    `SELECT sale_id AS "saleId", bidder_id AS "bidderId", approved, deposit_minor AS "depositMinor"
     FROM sale_bidder WHERE sale_id = $1 AND bidder_id = $2`,
    [saleId, bidderId],
  );
  return admission;
}

async function view(
  manager: EntityManager,
  id: string,
  access: Access,
): Promise<z.infer<typeof SaleView>> {
  const sale = await manager.findOneBy(Sale, { id });
  if (!sale) throw notFound('sale', id);
  const { title, approvalRequired, depositMinor, staggerSeconds, firstClosesAt, usableBy } = sale;
  return {
    id,
    title,
    approvalRequired,
    depositMinor,
    staggerSeconds,
    firstClosesAt: iso(firstClosesAt),
    ...(isOperator(access) && { usableBy }),
  };
}
