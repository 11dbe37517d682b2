import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  TestWorkflowEnvironment,
  type TimeSkippingTestWorkflowEnvironmentOptions,
} from '@temporalio/testing';
import { describe } from 'vitest';
import { cacheFolder } from '../../cli/stack/folders.ts';

/** As in bin/support/obtain-test-server, which obtains it. */
const VERSION = '1.31.0';

const server =
  process.env.GAVEL_TEST_SERVER || join(cacheFolder(), `temporal-test-server-${VERSION}`);

/** Why tests that skip time cannot run here; undefined when they can. */
export const timeSkippingMissing: string | undefined = existsSync(server)
  ? undefined
  : "Temporal's test server is not there; bin/support/obtain-test-server obtains it";

/** The SDK gives the server five seconds to start; on a busy machine that may be too few. */
const ATTEMPTS_TO_START = 6;

/** A Temporal that is at the end of a long wait at once. Tear it down after the tests. */
export async function timeSkippingEnvironment(
  client?: TimeSkippingTestWorkflowEnvironmentOptions['client'],
): Promise<TestWorkflowEnvironment> {
  if (timeSkippingMissing) throw new Error(timeSkippingMissing);
  for (let attempt = 1; ; attempt++) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path: server } },
        client,
      });
    } catch (error) {
      if (attempt === ATTEMPTS_TO_START) throw error;
    }
  }
}

/** A group of tests that skip time. Where that is impossible it is skipped, and its name says why. */
export function describeWithTimeSkipping(name: string, tests: () => void): void {
  if (timeSkippingMissing) describe.skip(`${name} (${timeSkippingMissing})`, tests);
  else describe(name, tests);
}
