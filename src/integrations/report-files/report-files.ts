/** Reports are files of SQL that say in a header what they are. */
export { parseReport, readReports } from './read-reports.ts';
export { scheduledValues } from './schedule.ts';
export { toCopy } from './to-copy.ts';
export { toPositional, type PositionalQuery } from './to-positional.ts';
export { checkValues, ReportValueError, type ReportValues } from './values.ts';
export { ReportFileError, type Report, type ReportColumn, type ReportParameter } from './report.ts';
