import { MoreThan, type EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { PolicyVersion, Sale, type Auction } from '../../database/entities/index.ts';
import { newestPolicies, newestPolicy } from '../../services/policy/newest-policies.ts';
import { mayUse } from '../../domain/eligibility/usable-by.ts';
import type { Access } from '../http/access.ts';
import { Problem } from '../http/problem.ts';

type Draft = Pick<Auction, 'sellerId'> & { readonly saleId?: string | null };

/** The newest version of a policy, for a draft. Policies and sales are the house's to open to sellers. */
export async function policyForDraft(
  tx: EntityManager,
  access: Access,
  { sellerId }: Draft,
  name: string,
): Promise<PolicyVersion> {
  const policy = await newestPolicy(tx, name);
  if (!policy) {
    const detail = `There is no policy ${name}: see GET /v1/policies; "quick" is for trying out.`;
    throw new Problem(422, 'unknown_policy', detail);
  }
  if (decidesFor(access, sellerId) || mayUse(policy.document.usableBy, sellerId)) return policy;
  const open = (await newestPolicies(tx)).filter(({ document }) =>
    mayUse(document.usableBy, sellerId),
  );
  const policies = open.map((each) => each.name);
  throw new Problem(
    403,
    'policy_not_open',
    `The policy ${name} is not open to your drafts: ${choiceOf(policies)}.`,
    { policies },
  );
}

/** The same of the sale that a draft is to be in, if any. */
export async function mustBeOpenSale(
  tx: EntityManager,
  access: Access,
  { sellerId, saleId }: Draft,
): Promise<void> {
  if (!saleId) return;
  const sale = await tx.findOneBy(Sale, { id: saleId });
  if (!sale) throw new Problem(422, 'unknown_sale', `There is no sale ${saleId}.`);
  if (decidesFor(access, sellerId) || mayUse(sale.usableBy, sellerId)) return;
  const coming = await tx.find(Sale, {
    where: { firstClosesAt: MoreThan(await databaseNow(tx)) },
    order: { firstClosesAt: 'ASC' },
    take: MOST_COMING,
  });
  const sales = coming.filter(({ usableBy }) => mayUse(usableBy, sellerId)).map(({ id }) => id);
  throw new Problem(
    403,
    'sale_not_open',
    `The sale ${saleId} is not open to your lots: ${choiceOf(sales)}.`,
    { sales },
  );
}

const MOST_COMING = 200;

const choiceOf = (open: readonly string[]): string =>
  open.length === 0 ? 'ask the house' : `choose ${open.join(' or ')}`;

/** At the publication once more, of what a seller has drafted: the house may have closed it since. */
export async function mustStillBeOpen(
  tx: EntityManager,
  access: Access,
  auction: Auction,
): Promise<void> {
  if (decidesFor(access, auction.sellerId) || !(await draftedBySeller(tx, auction))) return;
  await policyForDraft(tx, access, auction, auction.policyName);
  await mustBeOpenSale(tx, access, auction);
}

/** The house; and whoever sells there, too, has for the own sales what every seller has. */
const decidesFor = ({ seesAll, id }: Access, sellerId: string) => seesAll && id !== sellerId;

async function draftedBySeller(
  tx: EntityManager,
  { id, sellerId }: Pick<Auction, 'id' | 'sellerId'>,
): Promise<boolean> {
  const [begun] = await tx.query<{ actor_kind: string; actor_id: string }[]>(
    `SELECT actor_kind, actor_id FROM transition WHERE subject_id = $1 AND event = 'begin'`,
    [id],
  );
  return begun?.actor_kind === 'seller' || begun?.actor_id === sellerId;
}
