import type { EntityManager } from 'typeorm';
import type { Standing } from '../../domain/bidding/bidding.ts';
import type { Limit } from '../../domain/eligibility/may-buy.ts';
import type { Auction } from '../../database/entities/index.ts';

/** The limits, in the auction's currency, of everyone in its log; locked after the auction, by id. */
export async function lockLimits(
  tx: EntityManager,
  auction: Auction,
  log: readonly { bidderId: string }[],
): Promise<Map<string, Limit>> {
  const rows = await tx.query<({ id: string } & Limit)[]>(
    `SELECT id, spending_limit_minor AS "limitMinor", committed_minor AS "committedMinor"
     FROM bidder WHERE id = ANY ($1) AND spending_currency = $2 ORDER BY id FOR NO KEY UPDATE`,
    [[...new Set(log.map(({ bidderId }) => bidderId))], auction.currency],
  );
  return new Map(rows.map(({ id, ...limit }) => [id, limit]));
}

/** Takes the maximum of the leader so far off the account, and puts the next leader's on. */
export async function moveCommitment(
  tx: EntityManager,
  auction: Auction,
  next: Standing,
): Promise<void> {
  await tx.query(
    `UPDATE bidder SET committed_minor = committed_minor + change.minor
     FROM (SELECT id, sum(minor)::bigint AS minor
           FROM (VALUES ($1::text, -$2::bigint), ($3::text, $4::bigint)) AS c (id, minor)
           GROUP BY id) AS change
     WHERE bidder.id = change.id AND spending_currency = $5`,
    [
      auction.leaderId,
      auction.leaderMaximumMinor ?? 0,
      next.leader,
      next.leaderMaximum ?? 0,
      auction.currency,
    ],
  );
}

/**
 * Sets or lifts a bidder's limit. Bidding pauses for this instant: what the bidder leads with must be
 * counted while nobody can change it. A limit below that stands for what comes.
 */
export async function setLimit(
  tx: EntityManager,
  bidderId: string,
  limit: { amountMinor: number; currency: string } | null,
): Promise<void> {
  // Conflicts with the row locks and updates of batches, which take ROW SHARE and ROW EXCLUSIVE.
  await tx.query('LOCK TABLE auction IN EXCLUSIVE MODE');
  await tx.query(
    `INSERT INTO bidder (id, spending_limit_minor, spending_currency, committed_minor)
     VALUES ($1, $2, $3, (
       SELECT coalesce(sum(leader_maximum_minor), 0) FROM auction
       WHERE leader_id = $1 AND currency = $3 AND state IN ('open', 'paused')))
     ON CONFLICT (id) DO UPDATE
       SET spending_limit_minor = EXCLUDED.spending_limit_minor,
           spending_currency = EXCLUDED.spending_currency,
           committed_minor = EXCLUDED.committed_minor`,
    [bidderId, limit?.amountMinor ?? null, limit?.currency ?? null],
  );
}
