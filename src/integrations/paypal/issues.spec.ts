import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isKnownIssue, verdictOn } from './issues.ts';

// PayPal's list of issue codes per call is kept outside of the repository.
const ISSUE_CODES = resolve(import.meta.dirname, '../../../../shared/paypal/issue-codes.json');

/** The lists of the calls that we never make. */
const NEVER_CALLED = /#(orders\.(patch|confirm|track)|authorizations\.reauthorize)/;

describe.skipIf(!existsSync(ISSUE_CODES))("PayPal's list of issue codes", () => {
  const lists = existsSync(ISSUE_CODES)
    ? (JSON.parse(readFileSync(ISSUE_CODES, 'utf8')) as Record<string, [string, string][]>)
    : {};

  it.each(Object.keys(lists).filter((name) => !NEVER_CALLED.test(name)))(
    '%s: every code has been judged',
    (name) => {
      const unjudged = lists[name]!.map(([code]) => code).filter((code) => !isKnownIssue(code));
      expect(unjudged).toEqual([]);
    },
  );

  it('holds at least the 170 codes that our calls can meet', () => {
    const names = Object.keys(lists).filter((name) => !NEVER_CALLED.test(name));
    const codes = new Set(names.flatMap((name) => lists[name]!.map(([code]) => code)));
    expect(codes.size).toBeGreaterThanOrEqual(170);
  });
});

describe('a verdict', () => {
  it('on a code that nobody has judged is an alarm', () => {
    expect(verdictOn('A_CODE_OF_NEXT_YEAR').kind).toBe('alarm');
    expect(verdictOn('constructor').kind).toBe('alarm');
  });

  it.each([
    ['PREVIOUS_REQUEST_IN_PROGRESS', 'retry'],
    ['ORDER_ALREADY_CAPTURED', 'ask'],
    ['PAYOUT_ALREADY_COMPLETED_FOR_REFERENCE', 'ask'],
    ['INSTRUMENT_DECLINED', 'decline'],
    ['PAYEE_ACCOUNT_RESTRICTED', 'refuse'],
    ['TRANSACTION_UNDER_DISPUTE', 'refuse'],
    ['DECIMAL_PRECISION', 'alarm'],
    ['PLATFORM_FEES_NOT_SUPPORTED', 'alarm'],
  ])('on %s is %s', (code, kind) => {
    expect(verdictOn(code).kind).toBe(kind);
  });
});
