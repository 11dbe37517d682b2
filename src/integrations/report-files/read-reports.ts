import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { queryFault } from './check-query.ts';
import { entriesOf, headerOf, textOf, type HeaderEntry, type HeaderPart } from './header.ts';
import {
  COLUMN_TYPES,
  PARAMETER_TYPES,
  ReportFileError,
  type Report,
  type ReportColumn,
  type ReportParameter,
} from './report.ts';
import { cronFault, scheduledParameterFault } from './schedule.ts';

type Fail = (line: number, fault: string) => never;

/** All reports of a folder, by name. Throws a ReportFileError that says what to mend and where. */
export async function readReports(folder: string): Promise<Report[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => parseReport(file, await readFile(join(folder, file), 'utf8'))),
  );
}

/** Reads the text of one report file; `file` is its name, for messages. */
export function parseReport(file: string, source: string): Report {
  const fail: Fail = (line, fault) => {
    throw new ReportFileError(file, line, fault);
  };
  const name = basename(file, '.sql');
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
    fail(1, 'a report file is named in lower case with hyphens, as in held-money.sql');
  }
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const headerLength = end < 0 ? lines.length : end;

  const header = headerOf(lines.slice(0, headerLength), fail);
  const parameters = entriesOf(header.parameters, fail).map((entry) => parameterOf(entry, fail));
  const columns = entriesOf(header.columns, fail).map((entry) => columnOf(entry, fail));
  if (columns.length === 0) fail(header.columns.line, 'a report has at least one column');
  const schedule = scheduleOf(header.schedule, parameters, fail);

  const query = lines.slice(headerLength).join('\n').trimEnd().replace(/;$/, '');
  const wrong = queryFault(query, parameters);
  if (wrong) fail(headerLength + lineAt(query, wrong.offset), wrong.fault);

  return {
    name,
    title: textOf(header.title, fail),
    description: textOf(header.description, fail),
    schedule,
    parameters,
    columns,
    query: query.trim(),
  };
}

function parameterOf({ name, type, unit, meaning, line }: HeaderEntry, fail: Fail) {
  const known = PARAMETER_TYPES.find((each) => each === type);
  if (!known) return fail(line, `a parameter's type is one of ${PARAMETER_TYPES.join(', ')}`);
  if (unit) return fail(line, 'a parameter is "name type: meaning"; its meaning tells its unit');
  return { name, type: known, meaning } satisfies ReportParameter;
}

function columnOf({ name, type, unit, meaning, line }: HeaderEntry, fail: Fail) {
  const known = COLUMN_TYPES.find((each) => each === type);
  if (!known) return fail(line, `a column's type is one of ${COLUMN_TYPES.join(', ')}`);
  if (!unit && (known === 'integer' || known === 'decimal')) {
    return fail(line, `${name} is a number and needs a unit: "${name} ${type} unit: ${meaning}"`);
  }
  return { name, type: known, unit, meaning } satisfies ReportColumn;
}

function scheduleOf(part: HeaderPart, parameters: readonly ReportParameter[], fail: Fail) {
  const schedule = textOf(part, fail);
  if (schedule === 'on request') return undefined;
  const fault = cronFault(schedule) ?? scheduledParameterFault(parameters);
  return fault ? fail(part.line, fault) : schedule;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
