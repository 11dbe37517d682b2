/** A report as its file describes it. */
export interface Report {
  /** The file's name without `.sql`; it names the report everywhere else. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Cron, five fields, UTC. Undefined: only when somebody asks for it. */
  readonly schedule: string | undefined;
  readonly parameters: readonly ReportParameter[];
  readonly columns: readonly ReportColumn[];
  /** One SELECT with :named parameters, without a semicolon. */
  readonly query: string;
}

export const PARAMETER_TYPES = ['date', 'timestamp', 'text', 'integer'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export const COLUMN_TYPES = [...PARAMETER_TYPES, 'decimal', 'boolean'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export interface ReportParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly meaning: string;
}

export interface ReportColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Every number has one: `minor units`, `sales`, `days`. */
  readonly unit: string | undefined;
  readonly meaning: string;
}

/** What PostgreSQL calls the types of parameters. */
export const SQL_TYPES: Readonly<Record<ParameterType, string>> = {
  date: 'date',
  timestamp: 'timestamptz',
  text: 'text',
  integer: 'bigint',
};

/** A report file is not in the agreed form. */
export class ReportFileError extends Error {
  override name = 'ReportFileError';

  constructor(file: string, line: number, fault: string) {
    super(`${file}, line ${line}: ${fault}`);
  }
}
