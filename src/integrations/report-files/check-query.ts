import type { ReportParameter } from './report.ts';
import { SqlTokenError, tokensOf, type SqlToken } from './sql-tokens.ts';

/** A report reads. The transaction that it runs in must be read-only as well. */
const WORDS_THAT_WRITE = ['insert', 'update', 'delete', 'merge', 'into'];

/** What is wrong with a report's query and where, or undefined when nothing is. */
export function queryFault(
  query: string,
  parameters: readonly ReportParameter[],
): { offset: number; fault: string } | undefined {
  try {
    const tokens = tokensOf(query).filter((token) => token.kind !== 'gap');
    checkStatement(tokens);
    checkParentheses(tokens);
    checkParameters(tokens, parameters);
    return undefined;
  } catch (error) {
    if (error instanceof SqlTokenError) return { offset: error.offset, fault: error.message };
    throw error;
  }
}

function checkStatement(tokens: readonly SqlToken[]): void {
  const first = tokens[0];
  if (!first) throw new SqlTokenError(0, 'the query is missing');
  if (!['select', 'with'].includes(first.text.toLowerCase())) {
    throw new SqlTokenError(first.offset, 'the query must begin with SELECT or WITH');
  }
  for (const { kind, text, offset } of tokens) {
    if (text === ';') throw new SqlTokenError(offset, 'only one query is allowed');
    if (kind === 'word' && WORDS_THAT_WRITE.includes(text.toLowerCase())) {
      throw new SqlTokenError(offset, `a report only reads: ${text} is not allowed`);
    }
  }
}

function checkParentheses(tokens: readonly SqlToken[]): void {
  const open: SqlToken[] = [];
  for (const token of tokens) {
    if (token.text === '(') open.push(token);
    if (token.text === ')' && !open.pop()) {
      throw new SqlTokenError(token.offset, 'a parenthesis closes that was never opened');
    }
  }
  const left = open.pop();
  if (left) throw new SqlTokenError(left.offset, 'a parenthesis opens here and is never closed');
}

function checkParameters(tokens: readonly SqlToken[], parameters: readonly ReportParameter[]) {
  const unused = new Set(parameters.map(({ name }) => name));
  const declared = new Set(unused);
  for (const { kind, text, offset } of tokens) {
    if (kind === 'positional') {
      throw new SqlTokenError(offset, `${text} is not allowed: parameters have names, as in :day`);
    }
    if (kind !== 'parameter') continue;
    const name = text.slice(1);
    if (!declared.has(name)) throw new SqlTokenError(offset, `parameter ${text} is not declared`);
    unused.delete(name);
  }
  const [forgotten] = unused;
  if (forgotten) throw new SqlTokenError(0, `parameter ${forgotten} is declared but never used`);
}
