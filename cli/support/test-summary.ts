import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

/** As much of vitest's JSON report as the count needs. */
const REPORT = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

export interface Summary {
  readonly line: string;
  readonly failed: boolean;
}

/** Counts tests; a file that could not be loaded, or a run that broke, is one that failed. */
export function summarise(report: unknown, exitCode: number): Summary {
  const files = REPORT.safeParse(report).data?.testResults ?? [];
  const statuses = files.flatMap((file) => file.assertionResults.map(({ status }) => status));
  const count = (wanted: string) => statuses.filter((status) => status === wanted).length;

  const passed = count('passed');
  const unloaded = files.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  let failed = count('failed') + unloaded;
  const skipped = statuses.length - passed - count('failed');
  const broken = exitCode !== 0 || passed + failed === 0;
  if (broken && failed === 0) failed = 1;

  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, failed: failed > 0 };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , file = '', exitCode = '1'] = process.argv;
  const summary = summarise(readReport(file), Number(exitCode));
  console.log(summary.line);
  process.exitCode = summary.failed ? 1 : 0;
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // vitest ended before it could write one.
  }
}
