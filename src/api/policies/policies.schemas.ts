import { z } from 'zod';
import type { PolicyVersion } from '../../database/entities/index.ts';
import { mayUse } from '../../domain/eligibility/usable-by.ts';
import { Policy } from '../../domain/policy/policy.ts';
import type { Access } from '../http/access.ts';
import { someAtAnyDepth } from '../http/edits/changes.ts';
import { iso, Moment } from '../http/schemas.ts';
import { partOf, viewersOf, viewsOf } from '../http/views/views.ts';

export const Name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);

export const WritePolicy = someAtAnyDepth(Policy.shape).meta({
  id: 'WritePolicy',
  description:
    'What a new policy does not name has its default; what a known one does not, at any depth, stays.',
});

/** By what bidders bid, win and pay. */
const FOR_BIDDERS = [
  'increments',
  'ownRaise',
  'belowReserve',
  'softClose',
  'retraction',
  'paymentWindow',
  'secondChanceWindow',
  'buyersPremium',
  'premiumTax',
] as const;

/** By what sellers sell and are paid, besides. */
const FOR_SELLERS = [
  ...FOR_BIDDERS,
  'reminders',
  'secondChanceDepth',
  'inspection',
  'longestHold',
  'sellersCommission',
  'sellersCommissionMinimumMinor',
  'withoutDelayedDisbursement',
  'netReceivables',
  'whenSellerCannotRefund',
  'paypalFeeBorneBy',
] as const;

const Document = z.object(Policy.shape);
const DOCUMENTS = viewsOf(Document, {
  finance: Document,
  seller: partOf(Document, 'PolicyForSeller', FOR_SELLERS),
  bidder: partOf(Document, 'PolicyForBidder', FOR_BIDDERS),
});

export const PolicyView = z
  .object({
    name: Name,
    version: z.int(),
    document: Policy,
    createdBy: z.string(),
    createdAt: Moment,
  })
  .meta({ id: 'PolicyVersion' });

const Published = z
  .object({ name: Name, version: z.int(), document: DOCUMENTS.schema, createdAt: Moment })
  .meta({ id: 'PublishedPolicy', description: 'for sellers and bidders: the part that is theirs' });
const VERSIONS = viewsOf(PolicyView, { finance: PolicyView, seller: Published, bidder: Published });

export const PolicyList = z.object({ items: z.array(VERSIONS.schema) }).meta({ id: 'PolicyList' });

/** `agreed`: by a sale of the caller's, whoever may use the policy now. */
export const viewPolicy = (
  { name, version, document, createdBy, createdAt }: PolicyVersion,
  access: Access,
  agreed = false,
): Partial<z.infer<typeof PolicyView>> => {
  const mayRely = agreed || mayUse(document.usableBy, access.id);
  const viewers = viewersOf(access, mayRely ? { sellerId: access.id } : {});
  const whole = { name, version, document, createdBy, createdAt: iso(createdAt) };
  const seen = DOCUMENTS.of(viewers, document) as Policy;
  return VERSIONS.of(viewers, { ...whole, document: seen });
};

const etagOfVersion = (version: number) => `"${version}"`;

/** Of the answers about one policy; a list of several has none. */
export function etagOfPolicy(
  answer: { version?: number; name?: string } | { items: { version?: number; name?: string }[] },
): string | undefined {
  const [newest, ...others] = 'items' in answer ? answer.items : [answer];
  const isOne = newest?.version !== undefined && others.every(({ name }) => name === newest.name);
  return isOne ? etagOfVersion(newest.version!) : undefined;
}
