import { z } from 'zod';
import { mayUse } from '../../domain/eligibility/usable-by.ts';
import { Policy } from '../../domain/policy.ts';
import type { Access } from '../http/access.ts';

/** What a bidder relies on: how the price comes about, what is paid on top, and by when. */
export const PublicPolicy = z
  .object(Policy.shape)
  .pick({
    increments: true,
    ownRaise: true,
    belowReserve: true,
    softClose: true,
    retraction: true,
    paymentWindow: true,
    secondChanceWindow: true,
    buyersPremium: true,
    premiumTax: true,
  })
  .meta({ id: 'PublicPolicy', description: 'what bidders, and sellers who may not use it, see' });

/** What remains for a seller: to whom else the house has opened it is nobody's business. */
const SellersPolicy = z.object(Policy.shape).omit({ usableBy: true }).meta({ id: 'SellersPolicy' });

export const SeenPolicy = z.union([Policy, SellersPolicy, PublicPolicy]);

/** A policy as this caller sees it. `agreed`: by a sale of the caller's, whoever may use it now. */
export function seenPolicy(
  document: Policy,
  { id, roles, seesAll }: Pick<Access, 'id' | 'roles' | 'seesAll'>,
  agreed: boolean,
): z.infer<typeof SeenPolicy> {
  if (seesAll) return document;
  const sells = roles.includes('seller') && (agreed || mayUse(document.usableBy, id));
  return pick(document, sells ? SellersPolicy.shape : PublicPolicy.shape) as z.infer<
    typeof SeenPolicy
  >;
}

const pick = (document: Policy, shape: object): Partial<Policy> =>
  Object.fromEntries(Object.entries(document).filter(([field]) => field in shape));
