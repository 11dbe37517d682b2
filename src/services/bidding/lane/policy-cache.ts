import type { EntityManager } from 'typeorm';
import { Policy } from '../../../domain/policy/policy.ts';
import { PolicyVersion, type Auction } from '../../../database/entities/index.ts';

/** A policy version never changes, so what has been read once stays true. */
const versions = new Map<string, Policy>();
/** A guard: a house has dozens of versions, not thousands. */
const MOST_VERSIONS = 1_000;

type Rows = { document: Policy }[];

/** pg's client answers with rows inside a result, TypeORM's manager with the rows. */
interface Queryable {
  query(text: string, values: unknown[]): Promise<Rows | { rows: Rows }>;
}

/** At once, when it has been read before: a batch asks for each of its auctions. */
export function policyVersion(
  client: Queryable,
  name: string,
  version: number,
): Policy | Promise<Policy> {
  return versions.get(keyOf(name, version)) ?? readVersion(client, name, version);
}

type OfPolicy = Readonly<Pick<Auction, 'policyName' | 'policyVersion'>>;

/** Of all these auctions, with one question for those that have not been read before. */
export async function policyVersions(
  manager: EntityManager,
  auctions: readonly OfPolicy[],
): Promise<(auction: OfPolicy) => Policy> {
  const known = new Map<string, Policy>();
  const missing = new Map<string, { name: string; version: number }>();
  for (const { policyName: name, policyVersion: version } of auctions) {
    const policy = versions.get(keyOf(name, version));
    if (policy) known.set(keyOf(name, version), policy);
    else missing.set(keyOf(name, version), { name, version });
  }
  if (missing.size > 0) {
    for (const { name, version, document } of await manager.findBy(PolicyVersion, [
      ...missing.values(),
    ])) {
      known.set(keyOf(name, version), keep(name, version, document));
    }
  }
  return ({ policyName, policyVersion }) => known.get(keyOf(policyName, policyVersion))!;
}

async function readVersion(client: Queryable, name: string, version: number): Promise<Policy> {
  const result = await client.query(
    'SELECT document FROM policy WHERE name = $1 AND version = $2',
    [name, version],
  );
  const rows = Array.isArray(result) ? result : result.rows;
  if (!rows[0]) throw new Error(`There is no policy ${name} version ${version}`);
  const policy = Policy.parse(rows[0].document); // What a newer Gavel asks a policy has its default.
  return keep(name, version, policy);
}

function keep(name: string, version: number, policy: Policy): Policy {
  if (versions.size >= MOST_VERSIONS) versions.clear();
  versions.set(keyOf(name, version), policy);
  return policy;
}

const keyOf = (name: string, version: number): string => `${name}\n${version}`;
