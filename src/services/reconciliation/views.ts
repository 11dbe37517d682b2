import type { DataSource, EntityManager } from 'typeorm';
import { In } from 'typeorm';
import type { Currency } from '../../domain/common/money.ts';
import type { Subject } from '../../domain/reconciliation/compare.ts';
import type { LedgerLine, Movement, SaleFacts } from '../../domain/reconciliation/views.ts';
import { Disbursement, ErpDocument, Payment, Refund } from '../../database/entities/index.ts';
import { isByPayPal } from '../refund/promised.ts';
import { asMovement, MOVEMENT_COLUMNS, type MovementRow } from './movements.ts';

export type KeptDocument = ErpDocument & { readonly changedAt: Date };

/** A sale as our own tables have it; what the ERP says must still be asked. */
export interface KeptViews {
  readonly auctionId: string;
  readonly sale: Omit<SaleFacts, 'payments' | 'disbursements'> & {
    readonly payments: readonly Payment[];
    readonly disbursements: readonly Disbursement[];
  };
  readonly ledger: readonly LedgerLine[];
  readonly paypal: readonly Movement[];
  readonly documents: readonly KeptDocument[];
}

/** The sales in one snapshot, so that no half of a transaction is compared, and when it was taken. */
export function readSales(
  database: DataSource,
  auctionIds: readonly string[],
): Promise<{ at: Date; sales: KeptViews[] }> {
  return database.transaction('REPEATABLE READ', async (tx) => {
    const [{ at }] = await tx.query<[{ at: Date }]>('SELECT clock_timestamp() AS at');
    return { at, sales: await readViews(tx, auctionIds) };
  });
}

export async function readViews(
  tx: EntityManager,
  auctionIds: readonly string[],
): Promise<KeptViews[]> {
  const where = { auctionId: In([...auctionIds]) };
  const payments = bySale(await tx.findBy(Payment, where));
  const disbursements = bySale(await tx.findBy(Disbursement, where));
  const refunds = bySale(await tx.findBy(Refund, where));
  const lines = bySale(await ledgerLines(tx, auctionIds));
  const movements = bySale(await movementsOf(tx, auctionIds));
  const documents = bySale(await documentsOf(tx, auctionIds));
  const own = await ownSales(tx, auctionIds);
  return auctionIds.map((auctionId) => ({
    auctionId,
    sale: {
      isOwn: own.has(auctionId),
      payments: payments(auctionId),
      disbursements: disbursements(auctionId),
      refunds: refunds(auctionId).map((refund) => ({ ...refund, byDispute: isByPayPal(refund) })),
    },
    ledger: lines(auctionId).map(({ line }) => line),
    paypal: movements(auctionId).map(({ movement }) => movement),
    documents: documents(auctionId),
  }));
}

/** Those of the house's own pieces. */
async function ownSales(tx: EntityManager, auctionIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }[]>(
    `SELECT auction.id FROM auction JOIN seller ON seller.id = seller_id
     WHERE is_house AND auction.id = ANY($1)`,
    [auctionIds],
  );
  return new Set(rows.map(({ id }) => id));
}

interface LineRow {
  auctionId: string;
  kind: 'capture' | 'recovery' | 'release' | 'refund' | 'won_back' | 'dispute_fee' | 'adjustment';
  subjectId: string;
  subject: Subject | null;
  reference: string | null;
  account: string;
  currency: Currency;
  amountMinor: number;
  postedAt: Date;
}

async function ledgerLines(tx: EntityManager, auctionIds: readonly string[]) {
  const rows = await tx.query<LineRow[]>(
    `SELECT t.auction_id AS "auctionId", what.kind, what.subject_id AS "subjectId", d.subject,
            d.reference, entry.account, entry.currency, entry.amount_minor AS "amountMinor",
            t.posted_at AS "postedAt"
     FROM ledger_transaction AS t
     JOIN ledger_transaction AS what ON what.id = coalesce(t.reverses, t.id)
     JOIN ledger_entry AS entry ON entry.transaction_id = t.id
     LEFT JOIN repair ON what.kind = 'adjustment' AND repair.id = what.subject_id
     LEFT JOIN difference AS d ON d.id = repair.difference_id
     WHERE t.auction_id = ANY($1)
       AND (what.kind IN ('capture', 'recovery', 'release', 'refund', 'won_back', 'dispute_fee')
            OR repair.id IS NOT NULL)
     ORDER BY entry.id`,
    [auctionIds],
  );
  return rows.map(({ auctionId, postedAt, ...row }) => ({
    auctionId,
    line: {
      about: aboutOf(row),
      account: row.account,
      currency: row.currency,
      amountMinor: row.amountMinor,
      postedAtMs: postedAt.getTime(),
    } satisfies LedgerLine,
  }));
}

function aboutOf({
  kind,
  subjectId,
  subject,
  reference,
}: Pick<LineRow, 'kind' | 'subjectId' | 'subject' | 'reference'>): LedgerLine['about'] {
  if (kind !== 'adjustment') return { kind, subjectId };
  return { kind: 'repair', subject: subject!, reference: reference! };
}

async function movementsOf(tx: EntityManager, auctionIds: readonly string[]) {
  const rows = await tx.query<(MovementRow & { auctionId: string })[]>(
    `SELECT payment.auction_id AS "auctionId", ${MOVEMENT_COLUMNS}
     FROM payment JOIN paypal_transaction ON payment_id = payment.id
     WHERE payment.auction_id = ANY($1) ORDER BY initiated_at, transaction_id`,
    [auctionIds],
  );
  return rows.map(({ auctionId, ...row }) => ({ auctionId, movement: asMovement(row) }));
}

async function documentsOf(
  tx: EntityManager,
  auctionIds: readonly string[],
): Promise<KeptDocument[]> {
  const documents = await tx.findBy(ErpDocument, { auctionId: In([...auctionIds]) });
  const changes = await tx.query<{ id: string; at: Date }[]>(
    'SELECT subject_id AS id, max(at) AS at FROM transition WHERE subject_id = ANY($1) GROUP BY 1',
    [documents.map(({ id }) => id)],
  );
  const changedAt = new Map(changes.map(({ id, at }) => [id, at]));
  return documents.map((document) => ({
    ...document,
    changedAt: changedAt.get(document.id) ?? document.createdAt,
  }));
}

/** Looks rows up by their sale. */
function bySale<Row extends { auctionId: string }>(rows: readonly Row[]) {
  const groups = Map.groupBy(rows, ({ auctionId }) => auctionId);
  return (auctionId: string): readonly Row[] => groups.get(auctionId) ?? [];
}
