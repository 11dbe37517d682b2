import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParameterType } from './report.ts';
import { tokensOf } from './sql-tokens.ts';
import { toCopy } from './to-copy.ts';
import { toPositional } from './to-positional.ts';
import { ReportValueError } from './values.ts';

const FRAGMENTS = [
  ...["'", "''", '\\', "\\'", '"', ';', '--', '/*', '*/', '$$', '$a$', ')', '(', '\n', '\0'],
  ...[':value', '$1', ' OR 1=1', 'DROP TABLE bid', 'TO PROGRAM', "E'", '\ud800', 'ʼ', '2026-01-01'],
];

/** Texts that would break out of a careless quotation, if anything does. */
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ unit: 'binary' })), { maxLength: 8 })
  .map((parts) => parts.join(''));

describe('a value in a COPY', () => {
  // Method: cut the finished statement into tokens. Whatever the value was, all tokens but the one
  // of the value are those of the statement with a harmless value.
  it('never changes the statement around it', () => {
    const harmless = shapeOf(copyWith('text', 'x'));
    fc.assert(
      fc.property(hostile, (value) => {
        const copy = copyUnlessRefused('text', value);
        if (copy === undefined) return;
        expect(shapeOf(copy)).toEqual(harmless);
        expect(literalsOf(copy)).toEqual(['a :value', value]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused unless it has the one form of its type', () => {
    const forms: Record<Exclude<ParameterType, 'text'>, RegExp> = {
      date: /^\d{4}-\d\d-\d\d$/,
      timestamp: /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/,
      integer: /^-?\d{1,19}$/,
    };
    const nearly = fc.oneof(
      hostile,
      hostile.map((tail) => `2026-11-21${tail}`),
      hostile.map((tail) => `2026-11-21T00:00:00Z${tail}`),
      hostile.map((tail) => `1${tail}`),
    );
    fc.assert(
      fc.property(fc.constantFrom('date', 'timestamp', 'integer'), nearly, (type, value) => {
        const copy = copyUnlessRefused(type, value);
        if (copy !== undefined) expect(literalsOf(copy)[1]).toMatch(forms[type]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['date', '2026-11-21', '2026-02-29'],
    ['date', '2024-02-29', '21.11.2026'],
    ['date', '0001-01-01', '0000-01-01'],
    ['timestamp', '2026-11-21T09:30:00.123456Z', '2026-11-21T09:30:00'],
    ['timestamp', '2026-11-21T09:30:00+01:00', '2026-11-21 09:30:00Z'],
    ['integer', '-9223372036854775807', '9223372036854775808'],
    ['integer', 42, 4.2],
    ['integer', '042', 'NaN'],
    ['text', "O'Hara", 'half \ud83d'],
    ['text', '', 'a\0b'],
  ] as const)('of type %s may be %j and not %j', (type, good, bad) => {
    expect(literalsOf(copyWith(type, good))[1]).toBe(String(good));
    expect(() => copyWith(type, bad)).toThrow(ReportValueError);
  });

  it('must be given, and must be asked for', () => {
    const report = {
      query: 'SELECT :day',
      parameters: parametersOf('date', 'day'),
      columns: COLUMNS,
    };
    expect(() => toCopy(report, {})).toThrow('day is missing: it is a date such as 2026-11-21.');
    expect(() => toCopy(report, { day: '2026-11-21', dya: 1 })).toThrow('no parameter "dya"');
    const inherited = { ...report, parameters: parametersOf('text', 'constructor') };
    expect(() => toCopy(inherited, {})).toThrow('constructor is missing');
  });
});

describe('a name with a colon', () => {
  it.each([
    ["':value'", 'a string'],
    ["E'\\':value'", 'a string with escapes'],
    ['":value"', 'a quoted name'],
    ['$$ :value $$', 'a dollar quotation'],
    ['$t$ $$ :value $t$', 'a tagged dollar quotation'],
    ['/* /* */ :value */ 1', 'a nested comment'],
    ['-- :value\n1', 'a line comment'],
    ['a::value', 'a cast'],
  ])('is no parameter in %s, %s', (sql) => {
    expect(toPositional(`SELECT ${sql}`, parametersOf('text'))).toEqual({
      text: `SELECT ${sql}`,
      order: [],
    });
  });

  it('is the same $1 each time', () => {
    const parameters = [...parametersOf('date', 'a'), ...parametersOf('integer', 'b')];
    expect(toPositional('SELECT :b, :a, :b::text', parameters)).toEqual({
      text: 'SELECT CAST($1 AS bigint), CAST($2 AS date), CAST($1 AS bigint)::text',
      order: ['b', 'a'],
    });
  });
});

describe('a query in tokens', () => {
  it('loses and gains nothing', () => {
    fc.assert(
      fc.property(hostile, (query) => {
        let tokens;
        try {
          tokens = tokensOf(query);
        } catch {
          return; // A quotation without end.
        }
        expect(tokens.map(({ text }) => text).join('')).toBe(query);
      }),
    );
  });
});

/** No text, whose cells would bring literals of their own. */
const COLUMNS = [{ name: 'n', type: 'integer', unit: 'rows', meaning: 'of a test' }] as const;

function copyWith(type: ParameterType, value: string | number): string {
  const query = "SELECT * FROM bid WHERE note <> 'a :value' AND x = :value -- the end";
  return toCopy({ query, parameters: parametersOf(type), columns: COLUMNS }, { value });
}

function copyUnlessRefused(type: ParameterType, value: string): string | undefined {
  try {
    return copyWith(type, value);
  } catch (error) {
    if (error instanceof ReportValueError) return undefined;
    throw error;
  }
}

function parametersOf(type: ParameterType, name = 'value') {
  return [{ name, type, meaning: 'what a test needs' }];
}

/** The statement with every literal left blank. */
function shapeOf(sql: string): string[] {
  return tokensOf(sql).map(({ kind, text }) => (kind === 'quoted' ? '?' : text));
}

/** What PostgreSQL reads in each string of the statement. */
function literalsOf(sql: string): string[] {
  return tokensOf(sql)
    .filter(({ kind, text }) => kind === 'quoted' && !text.startsWith('"')) // The names of columns.
    .map(({ text }) =>
      text.startsWith('E')
        ? text.slice(2, -1).replaceAll("''", "'").replaceAll('\\\\', '\\')
        : text.slice(1, -1).replaceAll("''", "'"),
    );
}
