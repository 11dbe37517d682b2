import type { EntityManager } from 'typeorm';
import { Seller } from '../../database/entities/index.ts';
import { notFound } from '../http/problem.ts';
import { iso } from '../http/schemas.ts';
import type { SellerView } from './sellers.schemas.ts';

export async function readSeller(manager: EntityManager, id: string): Promise<SellerView> {
  const seller = await findSeller(manager, id);
  if (!seller) throw notFound('seller', id);
  return seller;
}

export async function findSeller(
  manager: EntityManager,
  id: string,
): Promise<SellerView | undefined> {
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
