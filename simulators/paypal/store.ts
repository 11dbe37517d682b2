import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { MovementRecord, Records } from './records.ts';

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT;
  CREATE TABLE IF NOT EXISTS requests (
    scope TEXT NOT NULL, request_id TEXT NOT NULL, subject_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, request_id)) STRICT;
  CREATE TABLE IF NOT EXISTS effects (
    sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, request_id TEXT, subject_id TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS movements (
    sequence INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS movements_by_time ON movements (at_ms, sequence);
  CREATE TABLE IF NOT EXISTS timers (
    sequence INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
    subject_id TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS timers_by_time ON timers (at_ms);
  CREATE TABLE IF NOT EXISTS deliveries (
    sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event_type TEXT NOT NULL,
    body TEXT NOT NULL, state TEXT NOT NULL, forgery TEXT, attempts INTEGER NOT NULL,
    next_at_ms INTEGER NOT NULL, answers TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (state, next_at_ms);
  CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** It holds the key that webhooks are signed with: whoever reads it can sign some. */
function privateFile(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'state.sqlite');
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  return file;
}

/** The simulator's state: SQLite in a folder, or in memory when there is no folder. */
export class Store {
  private readonly database: DatabaseSync;
  private readonly prepared = new Map<string, StatementSync>();

  constructor(directory: string | undefined) {
    this.database = new DatabaseSync(directory ? privateFile(directory) : ':memory:');
    this.database.exec(SCHEMA);
  }

  /** A prepared statement, kept: the simulator has some thirty of them. */
  sql(text: string): StatementSync {
    const known = this.prepared.get(text);
    if (known) return known;
    const statement = this.database.prepare(text);
    this.prepared.set(text, statement);
    return statement;
  }

  /** All or nothing, so that a killed simulator never shows half an effect. */
  transaction<T>(work: () => T): T {
    if (this.database.isTransaction) return work();
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }

  find<K extends keyof Records>(kind: K, id: string): Records[K] | undefined {
    const row = this.sql('SELECT body FROM records WHERE kind = ? AND id = ?').get(kind, id);
    return row && (JSON.parse(String(row.body)) as Records[K]);
  }

  save<K extends keyof Records>(kind: K, record: Records[K]): void {
    this.sql('INSERT OR REPLACE INTO records (kind, id, body) VALUES (?, ?, ?)').run(
      kind,
      record.id,
      JSON.stringify(record),
    );
  }

  remove(kind: keyof Records, id: string): void {
    this.sql('DELETE FROM records WHERE kind = ? AND id = ?').run(kind, id);
  }

  all<K extends keyof Records>(kind: K): Records[K][] {
    const rows = this.sql('SELECT body FROM records WHERE kind = ? ORDER BY rowid').all(kind);
    return rows.map((row) => JSON.parse(String(row.body)) as Records[K]);
  }

  addMovement(movement: MovementRecord): void {
    this.sql('INSERT INTO movements (at_ms, body) VALUES (?, ?)').run(
      movement.atMs,
      JSON.stringify(movement),
    );
  }

  setting(name: string): string | undefined {
    const row = this.sql('SELECT value FROM settings WHERE name = ?').get(name);
    return row && String(row.value);
  }

  saveSetting(name: string, value: string): void {
    this.sql('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)').run(name, value);
  }

  close(): void {
    this.database.close();
  }
}
