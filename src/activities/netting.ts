import type { EntityManager } from 'typeorm';
import { Auction, type Disbursement, Seller } from '../database/entities/index.ts';
import { heldFor, lockAccounts } from '../database/post-ledger.ts';
import { accounts } from '../domain/ledger.ts';
import { policyOf } from './context.ts';

/**
 * How much of what the house is about to pay a seller it keeps, for what the seller owes it; minor units.
 * PayPal pays out all that it holds, so only the house's own payouts can be smaller. The account stays
 * locked and other releases under way have reserved their part, so nothing is netted twice.
 */
export async function toBeNetted(tx: EntityManager, disbursement: Disbursement): Promise<number> {
  const { id, auctionId, sellerId, currency, heldBy } = disbursement;
  if (heldBy === 'paypal') return 0;
  const { isHouse } = await tx.findOneByOrFail(Seller, { id: sellerId });
  const auction = await tx.findOneByOrFail(Auction, { id: auctionId });
  const { netReceivables } = await policyOf(tx, auction);
  if (isHouse || netReceivables === 'never') return 0;

  const account = accounts.sellerCredit(sellerId);
  const { balances } = await lockAccounts(tx, currency, [account]);
  const [{ reserved }] = await tx.query<[{ reserved: number }]>(
    `SELECT coalesce(sum(netted_minor), 0)::bigint AS reserved FROM disbursement
     WHERE seller_id = $1 AND currency = $2 AND id <> $3
       AND netted_minor > 0 AND state IN ('releasing', 'unknown')`,
    [sellerId, currency, id],
  );
  const owedMinor = -balances.get(account)! - reserved;
  const { sellerMinor } = await heldFor(tx, auctionId, sellerId);
  return Math.max(0, Math.min(owedMinor, sellerMinor));
}
