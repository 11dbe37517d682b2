import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface StoredDocument {
  readonly reference_number: number;
  readonly id: string;
  readonly revision: number;
  readonly body: string;
  readonly status: 'received' | 'acknowledged' | 'rejected';
  /** JSON of a rejection. */
  readonly reason: string | null;
}

export interface StoredCallback {
  readonly event_id: string;
  readonly body: string;
  readonly deliveries_left: number;
  readonly failures: number;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS document (
    reference_number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'received',
    reason TEXT,
    book_at INTEGER NOT NULL,
    UNIQUE (id, revision)
  );
  CREATE INDEX IF NOT EXISTS document_due ON document (book_at) WHERE status = 'received';
  -- One row for each time that a document was booked. There is no unique key on purpose:
  -- a second booking must be seen, not prevented.
  CREATE TABLE IF NOT EXISTS booking (document_id TEXT NOT NULL, revision INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS callback (
    event_id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    deliveries_left INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    send_at INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS callback_due ON callback (send_at) WHERE deliveries_left > 0;
`;

/** Opens the ERP's books; they outlive the process. */
export function openStore(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true });
  const store = new DatabaseSync(join(folder, 'erp.sqlite'));
  store.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  store.exec(TABLES);
  return store;
}

/** Does all of the work or none of it. The work must not wait for anything. */
export function atomically<Result>(store: DatabaseSync, work: () => Result): Result {
  store.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    store.exec('COMMIT');
    return result;
  } catch (error) {
    store.exec('ROLLBACK');
    throw error;
  }
}

export function referenceOf({ reference_number }: { readonly reference_number: number }): string {
  return `ERP-${String(reference_number).padStart(6, '0')}`;
}
