import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { CALLBACK_FAULTS, type Faults } from './faults.ts';
import { latestOf } from './inbox.ts';
import { rejectionOf, type Document, type Rejection } from './rules.ts';
import { atomically, referenceOf, type StoredDocument } from './store.ts';

interface Callback {
  /** The same for every delivery. */
  readonly eventId: string;
  readonly documentId: string;
  readonly revision: number;
  readonly reference: string;
  readonly outcome: 'acknowledged' | 'rejected';
  readonly reason?: Rejection;
}

/** Books what is due; returns when the next document will be (Unix milliseconds). */
export function bookDueDocuments(store: DatabaseSync, faults: Faults): number | undefined {
  const due = store
    .prepare(`SELECT * FROM document WHERE status = 'received' AND book_at <= ? ORDER BY book_at`)
    .all(Date.now()) as unknown as StoredDocument[];
  for (const document of due) atomically(store, () => book(store, faults, document));

  const next = store
    .prepare(`SELECT min(book_at) AS at FROM document WHERE status = 'received'`)
    .get() as { at: number | null };
  return next.at ?? undefined;
}

function book(store: DatabaseSync, faults: Faults, document: StoredDocument): void {
  const { id, revision } = document;
  const reason = supersededBy(latestOf(store, id), document) ?? rejectionOf(contentOf(document));
  const outcome = reason ? 'rejected' : 'acknowledged';
  store
    .prepare('UPDATE document SET status = ?, reason = ? WHERE id = ? AND revision = ?')
    .run(outcome, reason ? JSON.stringify(reason) : null, id, revision);
  if (!reason) {
    store.prepare('INSERT INTO booking (document_id, revision) VALUES (?, ?)').run(id, revision);
  }
  announce(store, faults, {
    eventId: randomUUID(),
    documentId: id,
    revision,
    reference: referenceOf(document),
    outcome,
    reason,
  });
}

/** Puts a callback in the queue, in the same transaction as the booking that it tells of. */
function announce(store: DatabaseSync, faults: Faults, callback: Callback): void {
  const fault = faults.take(CALLBACK_FAULTS);
  if (fault?.kind === 'drop-callback') return;
  const deliveries = fault?.kind === 'duplicate-callback' ? 3 : 1;
  const delayMs = fault?.kind === 'late-callback' ? fault.milliseconds : 0;
  store
    .prepare('INSERT INTO callback (event_id, body, deliveries_left, send_at) VALUES (?, ?, ?, ?)')
    .run(callback.eventId, JSON.stringify(callback), deliveries, Date.now() + delayMs);
}

function supersededBy(
  latest: StoredDocument | undefined,
  { revision }: StoredDocument,
): Rejection | undefined {
  if (!latest || latest.revision === revision) return undefined;
  const message = `Revision ${latest.revision} came before this one was booked.`;
  return { code: 'superseded', message, field: 'revision' };
}

function contentOf({ body }: StoredDocument): Document {
  return JSON.parse(body) as Document;
}
