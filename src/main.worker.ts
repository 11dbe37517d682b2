import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pg from 'pg';
import { createActivities } from './activities/index.ts';
import { CorrelationActivityInterceptor } from './activities/runtime/correlation.ts';
import { StepInterceptor } from './activities/runtime/step-interceptor.ts';
import { CommittingClient } from './database/committing-client.ts';
import { createDatabase } from './database/data-source.ts';
import { surviveLosses } from './database/survive-losses.ts';
import { createReportStore } from './integrations/azure-blob/report-store.ts';
import { createErp } from './integrations/erp/erp.ts';
import { createPayPal } from './integrations/paypal/index.ts';
import { readReports } from './integrations/report-files/report-files.ts';
import { createLog, settingsOrExit, stopOnSignal } from './process.ts';
import { correlationInterceptor } from './messaging/correlation.ts';
import { dispatchNext } from './messaging/inbox-dispatcher.ts';
import { relayBatch } from './messaging/outbox-relay.ts';
import { startPump } from './messaging/pump.ts';
import { paypalOptions, readSettings, temporalConnection } from './settings.ts';
import { connectPatiently, prepareNamespace } from './worker/prepare-temporal.ts';
import { keepSchedules } from './worker/schedules.ts';
import { serveHealth } from './worker/serve-health.ts';
import { temporalLogger, temporalRuntime } from './worker/temporal-logger.ts';
import { TASK_QUEUE } from './workflows/messages.ts';

/** The worker: runs workflows and activities, relays the outbox, dispatches the inbox. */
const settings = settingsOrExit(() => readSettings());
const paypal = createPayPal(settingsOrExit(() => paypalOptions(settings)));
const log = createLog(settings, 'worker');
Runtime.install(temporalRuntime(log));

const database = await createDatabase({
  url: settings.DATABASE_URL,
  poolSize: settings.DATABASE_POOL_SIZE,
}).initialize();
const pool = surviveLosses(
  new pg.Pool({ connectionString: settings.DATABASE_URL, max: 6, Client: CommittingClient }),
  (error) => log.warn({ err: error }, 'a database connection was lost'),
);

const reports = new Map(
  (await readReports(reportsFolder())).map((report) => [report.name, report]),
);
const health = await serveHealth({ settings, pool });
const connection = await connectPatiently(
  log,
  (cause) =>
    health.now({ waitsFor: `it waits for Temporal at ${settings.TEMPORAL_ADDRESS}: ${cause}` }),
  () => NativeConnection.connect(temporalConnection(settings)),
);
const namespace = settings.TEMPORAL_NAMESPACE;
const temporal = new Client({
  connection,
  namespace,
  interceptors: { workflow: [correlationInterceptor] },
});
await prepareNamespace(connection, namespace, log);
await keepSchedules(temporal, [...reports.values()]);

const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: TASK_QUEUE,
  workflowBundle: await bundleWorkflowCode({
    workflowsPath: fileURLToPath(import.meta.resolve('./workflows/index.js')),
    workflowInterceptorModules: [
      fileURLToPath(import.meta.resolve('./workflows/runtime/correlation.js')),
      fileURLToPath(import.meta.resolve('./workflows/runtime/as-new.js')),
    ],
    logger: temporalLogger(log),
  }),
  activities: createActivities({
    database,
    pool,
    paypal,
    erp: createErp({ baseUrl: settings.ERP_BASE_URL, secret: settings.ERP_SECRET }),
    reportStore: createReportStore({
      connectionString: settings.AZURE_STORAGE_CONNECTION_STRING,
      container: settings.AZURE_STORAGE_CONTAINER,
    }),
    reports,
    returnUrl: settings.PAYPAL_RETURN_URL,
  }),
  interceptors: {
    activity: [
      () => ({ inbound: new CorrelationActivityInterceptor() }),
      () => ({ inbound: new StepInterceptor(database) }),
    ],
  },
  maxConcurrentActivityTaskExecutions: 50,
  maxConcurrentLocalActivityExecutions: 20,
  shutdownGraceTime: '10 seconds',
});

const stopRelay = startPump({
  pool,
  channel: 'gavel_outbox',
  handle: () => relayBatch({ pool, temporal, log }),
  log,
});
const stopDispatcher = startPump({
  pool,
  channel: 'gavel_inbox',
  handle: () => dispatchNext({ database, log }),
  log,
});
health.now({ worker, connection });
log.info({ port: health.port, reports: [...reports.keys()] }, 'worker ready');

stopOnSignal(() => worker.shutdown());
await worker.run();
await health.close();
await Promise.all([stopRelay(), stopDispatcher()]);
await Promise.all([pool.end(), database.destroy(), connection.close()]);
log.info('worker stopped');

function reportsFolder(): string {
  return fileURLToPath(new URL('../../reports', import.meta.url));
}
