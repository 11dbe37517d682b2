import { describe, expect, it } from 'vitest';
import { summarise } from './test-summary.ts';

describe('the last line of bin/test', () => {
  it('counts what passed and what failed', () => {
    expect(summarise(report(['passed', 'passed', 'failed']), 1)).toEqual({
      line: '2 passed, 1 failed',
      failed: true,
    });
  });

  it('counts what was skipped, when something was', () => {
    const statuses = ['passed', 'skipped', 'todo', 'pending'];
    expect(summarise(report(statuses), 0).line).toBe('1 passed, 0 failed, 3 skipped');
  });

  it('is a failure when no test ran', () => {
    expect(summarise({ testResults: [] }, 0)).toEqual({ line: '0 passed, 1 failed', failed: true });
  });

  it('is a failure when everything was skipped', () => {
    expect(summarise(report(['skipped']), 0).line).toBe('0 passed, 1 failed, 1 skipped');
  });

  it('is a failure when vitest wrote no report', () => {
    expect(summarise(undefined, 1).failed).toBe(true);
  });

  it('counts a file that could not be loaded', () => {
    const files = { testResults: [file('failed', []), file('passed', ['passed'])] };
    expect(summarise(files, 1).line).toBe('1 passed, 1 failed');
  });

  it('counts a run that broke outside any test', () => {
    expect(summarise(report(['passed']), 1)).toEqual({ line: '1 passed, 1 failed', failed: true });
  });
});

function report(statuses: string[]) {
  return { testResults: [file(statuses.includes('failed') ? 'failed' : 'passed', statuses)] };
}

function file(status: string, statuses: string[]) {
  return { status, assertionResults: statuses.map((status) => ({ status })) };
}
