/** One part of a report's header: `-- title: ...`, with the lines that are indented below it. */
export interface HeaderPart {
  readonly text: string;
  /** Line in the file, from 1. */
  readonly line: number;
  readonly below: readonly { readonly text: string; readonly line: number }[];
}

const PARTS = ['title', 'description', 'schedule', 'parameters', 'columns'] as const;
export type Header = Readonly<Record<(typeof PARTS)[number], HeaderPart>>;

type Fail = (line: number, fault: string) => never;

/** Reads the comment lines at the top of a file. The parts stand in one order, each once. */
export function headerOf(lines: readonly string[], fail: Fail): Header {
  const parts: {
    name: string;
    text: string;
    line: number;
    below: HeaderPart['below'][number][];
  }[] = [];
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const start = /^-- ([a-z]+):(?: (\S.*)?)?$/.exec(text);
    const below = /^-- {2,}(\S.*)$/.exec(text);
    if (start) {
      parts.push({ name: start[1] ?? '', text: start[2]?.trim() ?? '', line, below: [] });
    } else if (below && parts.length > 0) {
      parts.at(-1)?.below.push({ text: below[1]?.trim() ?? '', line });
    } else {
      fail(line, 'a header line is "-- name: text", or text indented below one');
    }
  }
  for (const [index, name] of PARTS.entries()) {
    const part = parts[index];
    if (part?.name !== name) {
      fail(part?.line ?? Math.max(1, lines.length), `"-- ${name}:" is expected here`);
    }
  }
  const extra = parts[PARTS.length];
  if (extra) fail(extra.line, `"-- ${extra.name}:" is not a part of the header`);
  return Object.fromEntries(parts.map((part) => [part.name, part])) as unknown as Header;
}

/** A part that is running text, its lines joined. */
export function textOf({ text, line, below }: HeaderPart, fail: Fail): string {
  const whole = [text, ...below.map((each) => each.text)].join(' ').trim();
  return whole === '' ? fail(line, 'the text is missing') : whole;
}

export interface HeaderEntry {
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly meaning: string;
  readonly line: number;
}

/** A part that is a list: `name type unit: meaning` on each line, or the one word `none`. */
export function entriesOf(part: HeaderPart, fail: Fail): HeaderEntry[] {
  if (part.text === 'none' && part.below.length === 0) return [];
  if (part.text !== '' || part.below.length === 0) {
    fail(part.line, 'the list begins on the next line, one entry a line, or is "none"');
  }
  const seen = new Set<string>();
  return part.below.map(({ text, line }) => {
    const match = /^([a-z][a-z0-9_]{0,62}) ([a-z]+)(?: ([^:]+))?: (\S.*)$/.exec(text);
    const [, name = '', type = '', unit, meaning = ''] = match ?? [];
    if (!match)
      fail(line, 'an entry is "name type: meaning", for numbers "name type unit: meaning"');
    if (seen.has(name)) fail(line, `${name} is there twice`);
    seen.add(name);
    return { name, type, unit, meaning, line };
  });
}
