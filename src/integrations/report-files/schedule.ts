import type { Report, ReportParameter } from './report.ts';
import type { ReportValues } from './values.ts';

const FIELDS = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12 },
  { name: 'day of the week', least: 0, most: 6 },
] as const;

/** What is wrong with a cron text of five fields, or undefined when nothing is. */
export function cronFault(cron: string): string | undefined {
  const fields = cron.split(' ');
  if (fields.length !== FIELDS.length) {
    return `a schedule has five fields with one space between them, this one has ${fields.length}`;
  }
  const wrong = FIELDS.find(({ least, most }, index) => {
    const parts = (fields[index] ?? '').split(',');
    return !parts.every((part) => fits(part, least, most));
  });
  return wrong && `the ${wrong.name} of the schedule is wrong: it is ${wrong.least}-${wrong.most}`;
}

/** `*`, `5`, `1-5`, each but the second also with a step: `1-5/2`. */
function fits(part: string, least: number, most: number): boolean {
  const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
  if (!match) return false;
  const [from, to, step] = match.slice(1).map((text) => (text ? Number(text) : undefined));
  if (step !== undefined && (step === 0 || (from !== undefined && to === undefined))) return false;
  const first = from ?? least;
  const last = to ?? from ?? most;
  return least <= first && first <= last && last <= most;
}

/** The parameters that a scheduled run can fill by itself. */
const FILLED_BY_SCHEDULE = ['first_day', 'last_day'];

/** What keeps a report with these parameters from running by schedule, or undefined. */
export function scheduledParameterFault(parameters: readonly ReportParameter[]) {
  const unfit = parameters.find(
    ({ name, type }) => type !== 'date' || !FILLED_BY_SCHEDULE.includes(name),
  );
  return (
    unfit &&
    `a scheduled report can only have the date parameters ${FILLED_BY_SCHEDULE.join(' and ')}, ` +
      `not ${unfit.name} (or write "schedule: on request")`
  );
}

/** The values of a scheduled run: the whole day before, in UTC. */
export function scheduledValues({ parameters }: Pick<Report, 'parameters'>, firedAt: Date) {
  const dayBefore = new Date(firedAt.getTime() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  const values: ReportValues = Object.fromEntries(parameters.map(({ name }) => [name, dayBefore]));
  return values;
}
