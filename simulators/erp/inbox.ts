import { isDeepStrictEqual } from 'node:util';
import type { DatabaseSync } from 'node:sqlite';
import type { Document } from './rules.ts';
import { atomically, type StoredDocument } from './store.ts';

export type Receipt =
  | { readonly taken: true; readonly document: StoredDocument }
  | { readonly taken: false; readonly code: string; readonly message: string };

/** Takes in a document, to be booked at `bookAt` (Unix milliseconds). A repeat changes nothing. */
export function receive(store: DatabaseSync, document: Document, bookAt: number): Receipt {
  return atomically(store, () => {
    const { id, revision } = document;
    const known = documentOf(store, id, revision);
    if (known) return repeated(known, document);

    const latest = latestOf(store, id);
    if (latest && latest.revision > revision) {
      return refuse('outdated', `Revision ${latest.revision} of ${id} is known already.`);
    }
    if (latest?.status === 'acknowledged') {
      return refuse('booked', `Revision ${latest.revision} of ${id} is booked; it is final.`);
    }
    store
      .prepare('INSERT INTO document (id, revision, body, book_at) VALUES (?, ?, ?, ?)')
      .run(id, revision, JSON.stringify(document), bookAt);
    return { taken: true, document: documentOf(store, id, revision) as StoredDocument };
  });
}

function repeated(known: StoredDocument, document: Document): Receipt {
  if (isDeepStrictEqual(JSON.parse(known.body), document)) return { taken: true, document: known };
  return refuse(
    'different_body',
    `Revision ${document.revision} of ${document.id} was sent before with another content.`,
  );
}

function documentOf(store: DatabaseSync, id: string, revision: number): StoredDocument | undefined {
  return store
    .prepare('SELECT * FROM document WHERE id = ? AND revision = ?')
    .get(id, revision) as unknown as StoredDocument | undefined;
}

/** The highest revision of a document that the ERP has been sent. */
export function latestOf(store: DatabaseSync, id: string): StoredDocument | undefined {
  return store
    .prepare('SELECT * FROM document WHERE id = ? ORDER BY revision DESC LIMIT 1')
    .get(id) as unknown as StoredDocument | undefined;
}

function refuse(code: string, message: string): Receipt {
  return { taken: false, code, message };
}
