import type pg from 'pg';

/** Prepared under its name when a connection first needs it. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** As columns.ts writes them, or as text. */
  readonly values?: readonly (Buffer | string | null)[];
}

/** What PostgreSQL writes for each column as text. Read it with a labelled tuple. */
export type Row = readonly (string | null)[];

export const integerOrNull = (text: string | null): number | null =>
  text === null ? null : Number(text);

/**
 * The rows of each statement; they are sent as one piece, done in order, and answered as one piece.
 * pg's own queries end each with a Sync, and at each the server wakes this process. Rejects with the
 * error of the first that failed; those behind it are not done, and a transaction stays failed.
 */
export function run(client: pg.ClientBase, statements: readonly Statement[]): Promise<Row[][]> {
  return new Promise((resolve, reject) => {
    client.query(new Piece(statements, resolve, reject));
  });
}

/** What of pg's connection a Piece uses; its types know an older one. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  close(statement: { type: 'S'; name: string }): void;
  parse(statement: { name: string; text: string }): void;
  bind(values: { statement: string; values: Statement['values'] }): void;
  execute(): void;
  sync(): void;
}

/** What is prepared on a connection. */
const prepared = new WeakMap<Wire, Set<string>>();

/** pg calls these as it does for its own Query. */
export class Piece implements pg.Submittable {
  private readonly found: Row[][] = [];
  private rowsOfNext: Row[] = [];
  private readonly preparing: string[] = [];
  private names = new Set<string>();

  constructor(
    readonly statements: readonly Statement[],
    private readonly resolve: (found: Row[][]) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  submit(connection: unknown): void {
    const wire = connection as Wire;
    this.names = prepared.get(wire) ?? new Set();
    prepared.set(wire, this.names);
    wire.stream.cork();
    for (const { name, text, values } of this.statements) {
      if (!this.names.has(name)) this.prepare(wire, name, text);
      wire.bind({ statement: name, values: values ?? [] });
      wire.execute();
    }
    wire.sync();
    wire.stream.uncork();
  }

  /** Nobody knows how far a piece that failed had come; what is not there may be closed, too. */
  private prepare(wire: Wire, name: string, text: string): void {
    wire.close({ type: 'S', name });
    wire.parse({ name, text });
    this.names.add(name);
    this.preparing.push(name);
  }

  handleDataRow({ fields }: { fields: Row }): void {
    this.rowsOfNext.push(fields);
  }

  handleCommandComplete(): void {
    this.found.push(this.rowsOfNext);
    this.rowsOfNext = [];
  }

  handleReadyForQuery(): void {
    this.resolve(this.found);
  }

  handleError(error: unknown): void {
    for (const name of this.preparing) this.names.delete(name);
    this.reject(error);
  }
}
