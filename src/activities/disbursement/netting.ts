import type { EntityManager } from 'typeorm';
import { Auction, type Disbursement, Seller } from '../../database/entities/index.ts';
import { heldFor, lockAccounts } from '../../services/ledger/post-ledger.ts';
import { accounts } from '../../domain/ledger/ledger.ts';
import { policyOf } from '../runtime/context.ts';

/**
 * How much of what the house is about to pay a seller it keeps, for what the seller owes it; minor units.
 * PayPal pays out all that it holds, so only the house's own payouts can be smaller; of what PayPal holds
 * the house takes its part at the capture (recovery.ts).
 */
export async function toBeNetted(tx: EntityManager, disbursement: Disbursement): Promise<number> {
  if (disbursement.heldBy === 'paypal') return 0;
  const owedMinor = await debtToCollect(tx, disbursement);
  const { sellerMinor } = await heldFor(
    tx,
    disbursement.auctionId,
    disbursement.sellerId,
    disbursement.paymentId,
  );
  return Math.max(0, Math.min(owedMinor, sellerMinor));
}

/**
 * What a seller owes the house and a sale may bring in, by the policy of that sale. The account stays
 * locked, and what the seller's other sales under way are to bring in is left out: nothing is collected twice.
 */
export async function debtToCollect(
  tx: EntityManager,
  by: { id: string; auctionId: string; sellerId: string; currency: string },
): Promise<number> {
  const { isHouse } = await tx.findOneByOrFail(Seller, { id: by.sellerId });
  const auction = await tx.findOneByOrFail(Auction, { id: by.auctionId });
  const { netReceivables } = await policyOf(tx, auction);
  if (isHouse || netReceivables === 'never') return 0;

  const account = accounts.sellerCredit(by.sellerId);
  const { balances } = await lockAccounts(tx, by.currency, [account]);
  return Math.max(0, -balances.get(account)! - (await reservedByOthers(tx, by)));
}

/** By the releases under way, and by the orders that may yet be paid. */
async function reservedByOthers(
  tx: EntityManager,
  { id, sellerId, currency }: { id: string; sellerId: string; currency: string },
): Promise<number> {
  const [{ reserved }] = await tx.query<[{ reserved: number }]>(
    `SELECT coalesce(sum(minor), 0)::bigint AS reserved FROM (
       SELECT netted_minor AS minor FROM disbursement
       WHERE seller_id = $1 AND currency = $2 AND id <> $3
         AND netted_minor > 0 AND state IN ('releasing', 'unknown')
       UNION ALL
       SELECT recovery_minor FROM payment
       WHERE seller_id = $1 AND currency = $2 AND id <> $3
         AND recovery_minor > 0 AND captured_at IS NULL
     ) AS other`,
    [sellerId, currency, id],
  );
  return reserved;
}
