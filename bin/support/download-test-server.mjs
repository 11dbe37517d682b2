// Has Temporal's SDK fetch its test server into the folder that is given.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const downloadDir = process.argv[2];
setTimeout(() => process.exit(1), 120_000).unref();
const environment = await TestWorkflowEnvironment.createTimeSkipping({
  server: { executable: { type: 'cached-download', downloadDir } },
});
await environment.teardown();
