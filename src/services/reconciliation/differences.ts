import type { DataSource, EntityManager } from 'typeorm';
import type { Difference } from '../../domain/reconciliation/compare.ts';
import { changeState, declareCause, type Cause } from '../../database/change-state.ts';
import { DifferenceRow, Repair } from '../../database/entities/index.ts';

export interface FoundDifference extends Difference {
  /** Null for a movement at PayPal that belongs to no sale. */
  readonly auctionId: string | null;
}

/**
 * Writes down what a run has found. The same difference found again is the same row, whose age counts
 * from when it was first seen; one that was closed as it is stays closed, and comes back as a new one
 * as soon as it is another amount or kind. Returns the ids of those that count.
 */
export async function recordFound(
  tx: EntityManager,
  runId: string,
  found: readonly FoundDifference[],
  cause: Cause,
): Promise<string[]> {
  const ids: string[] = [];
  for (const difference of found) {
    const id = await rowOf(tx, difference, cause);
    if (!id) continue;
    ids.push(id);
    const { kind, currency, expectedMinor, foundMinor, detail } = difference;
    await tx.query(
      `INSERT INTO reconciliation_finding (run_id, difference_id, kind, currency, expected_minor,
                                           found_minor, detail)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
      [runId, id, kind, currency, expectedMinor, foundMinor, detail ?? null],
    );
  }
  return ids;
}

/** The row of a difference that is open; undefined when people have closed it as it is. */
async function rowOf(
  tx: EntityManager,
  found: FoundDifference,
  cause: Cause,
): Promise<string | undefined> {
  const { auctionId, side, subject, reference, kind, currency, expectedMinor, foundMinor } = found;
  const before = await tx.findOne(DifferenceRow, {
    where: { side, subject, reference, currency },
    order: { id: 'DESC' },
    lock: { mode: 'for_no_key_update' },
  });
  const isOpen = before?.state === 'open';
  const isSame =
    before?.kind === kind &&
    before.expectedMinor === expectedMinor &&
    before.foundMinor === foundMinor;
  const lastSeenAt = () => 'now()';
  if (before && (isOpen || (before.state === 'closed' && isSame))) {
    const detail = found.detail ?? null;
    const now = isOpen ? { kind, expectedMinor, foundMinor, detail } : {};
    // What was proposed was meant for what was found then.
    if (!isSame) await withdrawRepairs(tx, before.id, cause);
    await tx.update(DifferenceRow, { id: before.id }, { ...now, lastSeenAt });
    return isOpen ? before.id : undefined;
  }
  await declareCause(tx, cause);
  const { identifiers } = await tx.insert(DifferenceRow, {
    auctionId,
    side,
    subject,
    reference,
    kind,
    currency,
    expectedMinor,
    foundMinor,
    detail: found.detail ?? null,
    lastSeenAt,
  });
  return identifiers[0]!.id as string;
}

/** What a run found, as it found it, newest difference first. */
export async function findingsOf(
  database: DataSource,
  runId: string,
  { after, limit }: { after?: string; limit: number },
): Promise<DifferenceRow[]> {
  return database.query<DifferenceRow[]>(
    `SELECT difference.id, auction_id AS "auctionId", side, subject, reference, finding.kind,
            finding.currency, finding.expected_minor AS "expectedMinor",
            finding.found_minor AS "foundMinor", finding.detail, state, assignee,
            close_reason AS "closeReason", first_seen_at AS "firstSeenAt",
            last_seen_at AS "lastSeenAt"
     FROM reconciliation_finding AS finding JOIN difference ON difference.id = difference_id
     WHERE run_id = $1 AND ($2::uuid IS NULL OR difference.id < $2)
     ORDER BY difference.id DESC LIMIT $3`,
    [runId, after ?? null, limit],
  );
}

/** Ends what was open and has not been found any more. Each with what was proposed to repair it. */
export async function resolveDifferences(
  tx: EntityManager,
  ids: readonly string[],
  cause: Cause,
): Promise<void> {
  for (const id of ids) {
    await changeState(tx, 'difference', id, 'resolve', cause);
    await withdrawRepairs(tx, id, cause);
  }
}

/** A difference that has ended needs no repair any more. */
export async function withdrawRepairs(
  tx: EntityManager,
  differenceId: string,
  cause: Cause,
): Promise<void> {
  const proposed = await tx.findBy(Repair, { differenceId, state: 'proposed' });
  for (const { id } of proposed) await changeState(tx, 'repair', id, 'withdraw', cause);
}

/**
 * Those open in these sales that are not among the ones just found. One that another run has seen
 * since our look at the sales is newer than what we know.
 */
export async function openButNotFound(
  tx: EntityManager,
  auctionIds: readonly string[],
  foundIds: readonly string[],
  lookedAt: Date,
): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>(
    `SELECT id FROM difference
     WHERE state = 'open' AND auction_id = ANY($1) AND id <> ALL($2) AND last_seen_at < $3
     ORDER BY id`,
    [auctionIds, foundIds, lookedAt],
  );
  return rows.map(({ id }) => id);
}

/** The same for movements of no sale: all that are open have just been looked at. */
export async function openOfNoSaleButNotFound(
  tx: EntityManager,
  foundIds: readonly string[],
  lookedAt: Date,
): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>(
    `SELECT id FROM difference
     WHERE state = 'open' AND auction_id IS NULL AND id <> ALL($1) AND last_seen_at < $2
     ORDER BY id`,
    [foundIds, lookedAt],
  );
  return rows.map(({ id }) => id);
}
