import { describe, expect, it } from 'vitest';
import { cronFault, scheduledValues } from './schedule.ts';

describe('a schedule', () => {
  it.each(['* * * * *', '15 0 * * *', '*/5 8-18 1,15 1-12/3 1-5', '59 23 31 12 6'])(
    'may be %s',
    (cron) => expect(cronFault(cron)).toBeUndefined(),
  );

  it.each([
    '',
    '* * * *',
    '60 * * * *',
    '* 5-2 * * *',
    '* * 0 * *',
    '* * * JAN *',
    '* * * * 7',
    '*/0 * * * *',
    '5/2 * * * *',
    '1,,2 * * * *',
    '@daily',
  ])('may not be "%s"', (cron) => expect(cronFault(cron)).toBeTypeOf('string'));
});

describe('a scheduled run', () => {
  it('is about the day before, in UTC', () => {
    const parameters = ['first_day', 'last_day'].map((name) => ({
      name,
      type: 'date' as const,
      meaning: '',
    }));
    expect(scheduledValues({ parameters }, new Date('2026-03-01T00:15:00Z'))).toEqual({
      first_day: '2026-02-28',
      last_day: '2026-02-28',
    });
    expect(scheduledValues({ parameters: [] }, new Date())).toEqual({});
  });
});
