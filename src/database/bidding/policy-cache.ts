import type { Policy } from '../../domain/policy.ts';

/** A policy version never changes, so what has been read once stays true. */
const versions = new Map<string, Policy>();
/** A guard: a house has dozens of versions, not thousands. */
const MOST_VERSIONS = 1_000;

type Rows = { document: Policy }[];

/** pg's client answers with rows inside a result, TypeORM's manager with the rows. */
interface Queryable {
  query(text: string, values: unknown[]): Promise<Rows | { rows: Rows }>;
}

export async function policyVersion(
  client: Queryable,
  name: string,
  version: number,
): Promise<Policy> {
  const key = `${name}\n${version}`;
  const known = versions.get(key);
  if (known) return known;

  const result = await client.query(
    'SELECT document FROM policy WHERE name = $1 AND version = $2',
    [name, version],
  );
  const rows = Array.isArray(result) ? result : result.rows;
  const policy = rows[0]?.document;
  if (!policy) throw new Error(`There is no policy ${name} version ${version}`);
  if (versions.size >= MOST_VERSIONS) versions.clear();
  versions.set(key, policy);
  return policy;
}
