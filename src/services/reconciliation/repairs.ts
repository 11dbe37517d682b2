import type { EntityManager } from 'typeorm';
import { expectedMinor } from '../../domain/reconciliation/compare-sale.ts';
import { repairEntries, type RepairedSale } from '../../domain/reconciliation/repair.ts';
import type { Entry } from '../../domain/ledger/ledger.ts';
import { changeState, lockSubject, type Cause } from '../../database/change-state.ts';
import { Payment, type DifferenceRow, type Repair } from '../../database/entities/index.ts';
import { post } from '../ledger/post-ledger.ts';
import { readViews } from './views.ts';

/** The entries that would mend a difference; none where the ledger is not what is to be mended. */
export async function proposedEntries(
  tx: EntityManager,
  difference: DifferenceRow,
): Promise<Entry[]> {
  const [sale] = await tx.query<RepairedSale[]>(
    `SELECT payment.bidder_id AS "bidderId", payment.seller_id AS "sellerId",
            coalesce(disbursement.state NOT IN ('released', 'auto_released', 'cancelled'), false)
              AS "isHeld"
     FROM payment LEFT JOIN disbursement ON disbursement.payment_id = payment.id
     WHERE payment.auction_id = $1 ORDER BY captured_at LIMIT 1`,
    [difference.auctionId],
  );
  return sale ? repairEntries(difference, sale) : [];
}

/**
 * Whether the ledger still says what it said when the difference was found. Locks the sale's payments,
 * as everyone does who posts something about them, so that it stays so until the transaction ends.
 */
export async function isStillExpected(
  tx: EntityManager,
  difference: DifferenceRow,
): Promise<boolean> {
  const { auctionId } = difference;
  const payments = await tx.find(Payment, {
    where: { auctionId: auctionId! },
    order: { id: 'ASC' },
  });
  for (const { id } of payments) await lockSubject(tx, 'payment', id);
  const [views] = await readViews(tx, [auctionId!]);
  return expectedMinor(views!, difference) === difference.expectedMinor;
}

/** The repair becomes a ledger entry, once, and its difference is done with. */
export async function postRepair(
  tx: EntityManager,
  repairId: string,
  approvedBy: string | null,
  cause: Cause,
): Promise<Repair> {
  const { changed, row } = await changeState(tx, 'repair', repairId, 'post', cause, { approvedBy });
  if (!changed) return row;
  const { auctionId, currency, entries, differenceId, reason } = row;
  const by = { actorId: cause.actorId, reason };
  await post(tx, { kind: 'adjustment', subjectId: repairId, auctionId, currency, entries, by });
  await changeState(tx, 'difference', differenceId, 'repair', cause);
  return row;
}
