export type SqlTokenKind = 'parameter' | 'positional' | 'word' | 'symbol' | 'quoted' | 'gap';

export interface SqlToken {
  readonly kind: SqlTokenKind;
  /** The token's own characters; all texts together are the query. */
  readonly text: string;
  /** Index of its first character in the query. */
  readonly offset: number;
}

export class SqlTokenError extends Error {
  override name = 'SqlTokenError';

  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** PostgreSQL's lexical rules, as far as they tell where a parameter is one. The first match wins. */
const RULES: readonly (readonly [SqlTokenKind, RegExp])[] = [
  ['gap', /\s+|--[^\n]*/y],
  ['quoted', /[eE]'(?:[^'\\]|\\[^]|'')*'/y],
  ['quoted', /'(?:[^']|'')*'/y],
  ['quoted', /"(?:[^"]|"")*"/y],
  ['quoted', /\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[^]*?\$\1\$/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  // Before the colon's own rule, or the cast in a::date would be a parameter called date.
  ['symbol', /::|:=|\d[\w.]*/y],
  ['parameter', /:[A-Za-z_]\w*/y],
  ['positional', /\$\d+/y],
  // What is left of a quotation that does not end.
  ['symbol', /[^'"$]/y],
];

/** Cuts a query into tokens. Throws a SqlTokenError where a quotation or a comment does not end. */
export function tokensOf(query: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let offset = 0; offset < query.length;) {
    const token = blockCommentAt(query, offset) ?? tokenAt(query, offset);
    tokens.push(token);
    offset += token.text.length;
  }
  return tokens;
}

function tokenAt(query: string, offset: number): SqlToken {
  for (const [kind, rule] of RULES) {
    rule.lastIndex = offset;
    const text = rule.exec(query)?.[0];
    if (text) return { kind, text, offset };
  }
  throw new SqlTokenError(offset, 'a quotation begins here and does not end');
}

/** Block comments nest in PostgreSQL, which a regular expression cannot follow. */
function blockCommentAt(query: string, offset: number): SqlToken | undefined {
  if (!query.startsWith('/*', offset)) return undefined;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = offset;
  let depth = 0;
  for (let mark = marks.exec(query); mark; mark = marks.exec(query)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return { kind: 'gap', text: query.slice(offset, marks.lastIndex), offset };
  }
  throw new SqlTokenError(offset, 'a comment begins here and does not end');
}
