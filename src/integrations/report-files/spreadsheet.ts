import type { ReportColumn } from './report.ts';

/** What is not seen before a formula: controls, blanks of every width, marks of direction, joiners. */
const UNSEEN = String.raw`\s\u0001-\u0020\u007f-\u00a0\u00ad\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff\ufff9-\ufffb`;

/**
 * What a spreadsheet would run: a text that begins as a formula does, be it after quotes or what is not
 * seen, in full width or in small, or with what some of them drop before they look.
 */
const FORMULA = String.raw`^[\t\r\n]|^[${UNSEEN}"']*[=+@＝＋－＠﹦﹢﹣﹫-]`;

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
