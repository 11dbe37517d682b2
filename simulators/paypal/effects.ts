import type { Store } from './store.ts';
import type { EffectKind } from './world.ts';

type Counts = Partial<Record<EffectKind, { count: number; amountMinor: number }>>;

/** What really happened, in all and per PayPal-Request-Id: the truth that callers are held against. */
export function countEffects(store: Store): {
  totals: Counts;
  byRequestId: Record<string, Counts>;
} {
  const byRequestId: Record<string, Counts> = {};
  const perRequest = store
    .sql(
      `SELECT request_id, kind, count(*) AS count, sum(amount_minor) AS amount FROM effects
         WHERE request_id IS NOT NULL GROUP BY request_id, kind`,
    )
    .all();
  for (const row of perRequest) {
    const counts = (byRequestId[String(row.request_id)] ??= {});
    counts[String(row.kind) as EffectKind] = read(row);
  }
  const totals: Counts = {};
  const all = store
    .sql('SELECT kind, count(*) AS count, sum(amount_minor) AS amount FROM effects GROUP BY kind')
    .all();
  for (const row of all) totals[String(row.kind) as EffectKind] = read(row);
  return { totals, byRequestId };
}

const read = (row: Record<string, unknown>) => ({
  count: Number(row.count),
  amountMinor: Number(row.amount),
});
