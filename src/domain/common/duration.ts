const ISO_8601 =
  /^P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const isDuration = (text: string): boolean => ISO_8601.test(text);

/**
 * An ISO 8601 duration ("P4D", "PT90S") in milliseconds. Days are 24 hours; months and years have no
 * fixed length and are refused. Throws a RangeError for anything else.
 */
export function durationMs(text: string): number {
  const match = ISO_8601.exec(text);
  if (!match) throw new RangeError(`"${text}" is not an ISO 8601 duration such as P4D or PT90S`);
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (
    (weeks! * 7 + days!) * DAY_MS + hours! * HOUR_MS + minutes! * MINUTE_MS + seconds! * SECOND_MS
  );
}
