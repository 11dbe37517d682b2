import { Policy } from '../../domain/policy.ts';

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

async function readVersion(client: Queryable, name: string, version: number): Promise<Policy> {
  const result = await client.query(
    'SELECT document FROM policy WHERE name = $1 AND version = $2',
    [name, version],
  );
  const rows = Array.isArray(result) ? result : result.rows;
  if (!rows[0]) throw new Error(`There is no policy ${name} version ${version}`);
  const policy = Policy.parse(rows[0].document); // What a newer Gavel asks a policy has its default.
  if (versions.size >= MOST_VERSIONS) versions.clear();
  versions.set(keyOf(name, version), policy);
  return policy;
}

const keyOf = (name: string, version: number): string => `${name}\n${version}`;
