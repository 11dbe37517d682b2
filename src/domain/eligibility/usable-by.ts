import { z } from 'zod';

const MOST_SELLERS = 1_000;

/** To whose drafts the house opens something of its own: a policy, or a sale. */
export const UsableBy = z.union([
  z.enum(['operators', 'sellers']),
  z.array(z.string().min(1).max(100)).min(1).max(MOST_SELLERS),
]);
export type UsableBy = z.infer<typeof UsableBy>;

/** Operators use everything, for every seller. */
export const mayUse = (usableBy: UsableBy, sellerId: string): boolean =>
  usableBy === 'sellers' || (usableBy !== 'operators' && usableBy.includes(sellerId));
