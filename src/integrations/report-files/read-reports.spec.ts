import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseReport, readReports, toCopy, toPositional } from './report-files.ts';

const REPORTS = fileURLToPath(new URL('../../../reports', import.meta.url));

const GOOD = `-- title: Bids
-- description: How many bids
--   there were.
-- schedule: on request
-- parameters:
--   since timestamp: the first moment
-- columns:
--   day date: the day, UTC
--   bids integer bids: their number

SELECT placed_at::date AS day, count(*) AS bids -- :not_one
  FROM bid WHERE placed_at >= :since GROUP BY 1;
`;

describe('a report file', () => {
  it('is read as it is described', () => {
    expect(parseReport('bids.sql', GOOD)).toEqual({
      name: 'bids',
      title: 'Bids',
      description: 'How many bids there were.',
      schedule: undefined,
      parameters: [{ name: 'since', type: 'timestamp', meaning: 'the first moment' }],
      columns: [
        { name: 'day', type: 'date', unit: undefined, meaning: 'the day, UTC' },
        { name: 'bids', type: 'integer', unit: 'bids', meaning: 'their number' },
      ],
      query: expect.stringMatching(/^SELECT placed_at::date[^]*GROUP BY 1$/),
    });
  });

  it.each([
    ['no title', '-- title: Bids\n', '', 'line 1: "-- title:" is expected here'],
    ['an empty title', 'title: Bids', 'title:', 'line 1: the text is missing'],
    [
      'parts in another order',
      '-- columns:',
      '-- parameters:',
      'line 7: "-- columns:" is expected',
    ],
    ['a comment in the header', '-- schedule', '--schedule', 'line 4: a header line is'],
    ['a wrong schedule', 'on request', '0 24 * * *', 'line 4: the hour of the schedule is wrong'],
    ['a schedule of six fields', 'on request', '0 0 0 * * *', 'line 4: a schedule has five fields'],
    ['what no schedule can fill', 'on request', '0 0 * * *', 'line 4: a scheduled report can only'],
    ['an unknown type', 'since timestamp', 'since time', "line 6: a parameter's type is one of"],
    ['a number without unit', 'bids integer bids', 'bids integer', 'line 9: bids is a number and'],
    ['a column twice', 'bids integer', 'day integer', 'line 9: day is there twice'],
    ['an undeclared parameter', ':since', ':until', 'line 12: parameter :until is not declared'],
    ['an unused parameter', '>= :since', '>= now()', 'parameter since is declared but never used'],
    ['two queries', 'GROUP BY 1', '; SELECT 1', 'line 12: only one query is allowed'],
    ['a query that writes', 'SELECT', 'DELETE', 'line 11: the query must begin with SELECT'],
    ['one that writes inside', 'count(*)', '(SELECT 1 INTO x)', 'line 11: a report only reads'],
    ['a numbered parameter', ':since', '$1', 'line 12: $1 is not allowed'],
    ['a quotation without end', 'GROUP BY 1', "AND x = 'a", 'line 12: a quotation begins here'],
    ['a parenthesis too many', 'GROUP BY 1', ') TO STDOUT', 'line 12: a parenthesis closes'],
  ])('is refused with %s', (_what, from, to, sentence) => {
    expect(() => parseReport('bids.sql', GOOD.replace(from, to))).toThrow(sentence);
  });

  it('is refused without a query', () => {
    const header = GOOD.slice(0, GOOD.indexOf('SELECT'));
    expect(() => parseReport('bids.sql', header)).toThrow('the query is missing');
  });
});

describe('the reports of the house', () => {
  it('are all in the agreed form', async () => {
    const reports = await readReports(REPORTS);
    expect(reports.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['held-money', 'sales']),
    );
  });

  it('become a query with parameters, or one COPY', async () => {
    const sales = (await readReports(REPORTS)).find(({ name }) => name === 'sales');
    if (!sales) throw new Error('reports/sales.sql is missing');

    const { text, order } = toPositional(sales.query, sales.parameters);
    expect(order).toEqual(['first_day', 'last_day']);
    expect(text).toContain('>= CAST($1 AS date)::timestamp');

    const copy = toCopy(sales, { first_day: '2026-11-20', last_day: '2026-11-21' });
    expect(copy).toContain("(CAST('2026-11-21' AS date) + 1)::timestamp");
  });
});
