import { Raw, type FindOptionsWhere } from 'typeorm';
import type { Auction } from '../../database/entities/index.ts';
import { isPublished } from '../../services/auction/published.ts';
import type { Access } from '../http/access.ts';

interface Filters {
  readonly id?: string;
  readonly state?: string;
  readonly sellerId?: string;
  readonly saleId?: string;
}

/** The auctions that a caller may see, of those that are asked for: any of these; none, if empty. */
export function visibleAuctions(
  { id, roles, seesAll }: Pick<Access, 'id' | 'roles' | 'seesAll'>,
  filters: Filters,
): FindOptionsWhere<Auction>[] {
  const asked = filters as FindOptionsWhere<Auction>;
  if (seesAll) return [asked];
  const state = Raw(
    (column) =>
      `(${isPublished(column, column.replace('state', 'id'))} AND ${column} = coalesce(:wanted, ${column}))`,
    { wanted: filters.state ?? null },
  ) as unknown as FindOptionsWhere<Auction>['state'];
  const isOwn = roles.includes('seller') && (filters.sellerId ?? id) === id;
  return [{ ...asked, state }, ...(isOwn ? [{ ...asked, sellerId: id }] : [])];
}
