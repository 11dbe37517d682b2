import { escapeLiteral } from 'pg';
import type { Report } from './report.ts';
import { cellOf } from './spreadsheet.ts';
import { replaceParameters } from './to-positional.ts';
import { checkValues, type ReportValues } from './values.ts';

/**
 * The report as one COPY statement, in the order of its query, with cells that no spreadsheet runs. COPY
 * takes no parameters, so each value is checked against the form of its type and then written as a quoted
 * literal. Throws a ReportValueError for a wrong one.
 */
export function toCopy(
  report: Pick<Report, 'query' | 'parameters' | 'columns'>,
  values: ReportValues,
): string {
  const checked = checkValues(report.parameters, values);
  const query = replaceParameters(report.query, report.parameters, (name) =>
    escapeLiteral(checked.get(name) as string).trimStart(),
  );
  const cells = report.columns.map(cellOf).join(', ');
  // The line breaks keep a comment at the query's end from swallowing the parenthesis.
  return `COPY (SELECT ${cells} FROM (\n${query}\n) AS report) TO STDOUT WITH (FORMAT csv, HEADER)`;
}
