import {
  LessThan,
  type EntityManager,
  type EntityTarget,
  type FindOptionsOrder,
  type FindOptionsWhere,
} from 'typeorm';

export interface Page<Item> {
  readonly items: Item[];
  readonly next: string | null;
}

/** One page of rows that fulfil any of the conditions, newest first. Ids are version 7: they sort by time. */
export async function pageOfRows<Row extends { id: string }, Item>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  where: FindOptionsWhere<Row> | FindOptionsWhere<Row>[],
  { limit, after }: { limit: number; after?: string },
  view: (row: Row) => Item,
): Promise<Page<Item>> {
  if (Array.isArray(where) && where.length === 0) return { items: [], next: null };
  const rows = await manager.find(entity, {
    where: (Array.isArray(where) ? where : [where]).map((each) =>
      after ? { ...each, id: LessThan(after) } : each,
    ),
    order: { id: 'DESC' } as FindOptionsOrder<Row>,
    take: limit + 1,
  } as object);
  const items = rows.slice(0, limit);
  const next = rows.length > limit ? items.at(-1)!.id : null;
  return { items: items.map(view), next };
}

/** Leaves out filters that were not given. */
export const given = <Where extends object>(where: Where): Where =>
  Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined)) as Where;
