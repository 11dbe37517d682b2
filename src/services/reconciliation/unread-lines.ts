import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { keepable } from '../../domain/common/keepable.ts';
import { UNREAD_SOURCES, type UnreadSource } from '../../domain/reconciliation/unread.ts';
import { notify, OPERATORS } from '../../database/notices.ts';

/** A line that cannot be read, as the client of the outside service has it. */
export interface UnreadSeen {
  readonly unread: string;
  readonly raw: unknown;
  readonly key?: string;
  readonly at?: Date;
}

const LONGEST_RAW = 64 * 1024;

/** Keeps lines that cannot be read, each once; people are told when there are new ones. */
export async function keepUnread(
  tx: EntityManager,
  source: UnreadSource,
  lines: readonly UnreadSeen[],
  listed?: { from: Date; to: Date },
): Promise<void> {
  if (lines.length === 0) return;
  const rows = new Map(lines.map((line) => [keyOf(line), line]));
  const seen = [...rows.values()];
  const kept = await tx.query<{ id: string; reason: string; isNew: boolean }[]>(
    `INSERT INTO unread_line (source, key, raw, reason, from_at, to_at)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
     ON CONFLICT (source, key) DO UPDATE
       SET raw = EXCLUDED.raw, reason = EXCLUDED.reason, last_seen_at = EXCLUDED.last_seen_at,
           -- Listed in two times, it lies in both, unless it is dated otherwise now.
           (from_at, to_at) = (SELECT CASE WHEN both_from <= both_to THEN both_from ELSE EXCLUDED.from_at END,
                                      CASE WHEN both_from <= both_to THEN both_to ELSE EXCLUDED.to_at END
                               FROM (SELECT greatest(unread_line.from_at, EXCLUDED.from_at) AS both_from,
                                            least(unread_line.to_at, EXCLUDED.to_at) AS both_to) AS listed)
     RETURNING id, reason, last_seen_at = first_seen_at AS "isNew"`,
    [
      source,
      [...rows.keys()],
      seen.map(({ raw }) => rawText(raw)),
      seen.map(({ unread }) => keepable(unread).slice(0, 500)),
      seen.map(({ at }) => at ?? listed?.from ?? null),
      seen.map(({ at }) => at ?? listed?.to ?? null),
    ],
  );
  const fresh = kept.filter(({ isNew }) => isNew);
  const [first] = fresh;
  if (!first) return;
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'unread_lines',
    subjectId: first.id,
    text: `${fresh.length === 1 ? 'A line' : `${fresh.length} lines`} of ${UNREAD_SOURCES[source]} cannot be read (${first.reason}). The rest goes on; see GET /v1/reconciliation/unread-lines, and look at the other side what it is.`,
  });
}

/** What has become readable is no unread line any more. */
export async function forgetRead(
  tx: EntityManager | DataSource,
  source: UnreadSource,
  keys: readonly string[],
): Promise<void> {
  await tx.query('DELETE FROM unread_line WHERE source = $1 AND key = ANY($2)', [source, keys]);
}

/** The other side has listed all of a time again since then: what it did not repeat is gone there. */
export async function forgetUnlisted(
  tx: EntityManager | DataSource,
  source: UnreadSource,
  { from, to }: { from: Date; to: Date },
  since: Date,
): Promise<void> {
  await tx.query(
    `DELETE FROM unread_line
     WHERE source = $1 AND from_at >= $2 AND to_at <= $3 AND last_seen_at < $4`,
    [source, from, to, since],
  );
}

export async function countUnread(tx: EntityManager): Promise<number> {
  const [{ count }] = await tx.query<[{ count: number }]>(
    'SELECT count(*) AS count FROM unread_line',
  );
  return count;
}

const keyOf = ({ key, raw }: UnreadSeen): string =>
  key ?? createHash('sha256').update(rawText(raw)).digest('hex');

/** JSON escapes what PostgreSQL would refuse; a text that is no JSON is made keepable. */
const rawText = (raw: unknown): string =>
  keepable(typeof raw === 'string' ? raw : (JSON.stringify(raw) ?? 'nothing')).slice(
    0,
    LONGEST_RAW,
  );
