import { SQL_TYPES, type ReportParameter } from './report.ts';
import { tokensOf } from './sql-tokens.ts';

export interface PositionalQuery {
  /** With $1, $2, ... in place of the names. */
  readonly text: string;
  /** The names of $1, $2, ... */
  readonly order: readonly string[];
}

/** The query as a prepared statement takes it: the values travel beside it, never inside it. */
export function toPositional(
  query: string,
  parameters: readonly ReportParameter[],
): PositionalQuery {
  const order: string[] = [];
  const text = replaceParameters(query, parameters, (name) => {
    if (!order.includes(name)) order.push(name);
    return `$${order.indexOf(name) + 1}`;
  });
  return { text, order };
}

/** Puts something of the declared type in the place of each parameter, and nowhere else. */
export function replaceParameters(
  query: string,
  parameters: readonly ReportParameter[],
  replacement: (name: string) => string,
): string {
  const types = new Map(parameters.map(({ name, type }) => [name, SQL_TYPES[type]]));
  return tokensOf(query)
    .map((token) => {
      if (token.kind !== 'parameter') return token.text;
      const name = token.text.slice(1);
      const type = types.get(name);
      if (!type) throw new RangeError(`Parameter :${name} is not declared`);
      // A cast is one operand whatever stands around it, and means the same in both forms.
      return `CAST(${replacement(name)} AS ${type})`;
    })
    .join('');
}
