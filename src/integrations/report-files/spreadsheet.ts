import type { ReportColumn } from './report.ts';

/**
 * What a spreadsheet would run: a text that begins as a formula does, be it after blanks or quotes or in
 * full width, or with what some of them drop before they look.
 */
const FORMULA = String.raw`^[\t\r\n]|^[\s"'\u00a0\u200b\ufeff]*[=+@＝＋－＠-]`;

/**
 * A column of a query as a cell that a spreadsheet shows and never runs: an apostrophe goes before a text
 * that it would take for a formula. Numbers, dates and the like are what they are, negative ones too.
 */
export function cellOf({ name, type }: Pick<ReportColumn, 'name' | 'type'>): string {
  const column = `report."${name}"`;
  if (type !== 'text') return column;
  const text = `${column}::text`;
  const formula = FORMULA.replaceAll("'", "''");
  return `CASE WHEN ${text} ~ '${formula}' THEN '''' || ${text} ELSE ${text} END AS "${name}"`;
}
