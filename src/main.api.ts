import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createApi } from './api/create-api.ts';
import { limitsOf } from './api/dependencies.ts';
import { createTokenVerifier } from './api/http/tokens.ts';
import { openLanePool } from './database/lanes/lane-pool.ts';
import { createDatabase } from './database/data-source.ts';
import { surviveLosses } from './database/survive-losses.ts';
import { createReportStore } from './integrations/azure-blob/report-store.ts';
import { createErp } from './integrations/erp/erp.ts';
import { createPayPal } from './integrations/paypal/index.ts';
import { readReports } from './integrations/report-files/report-files.ts';
import { createLog, settingsOrExit, stopOnSignal } from './process.ts';
import { paypalOptions, readSettings } from './settings.ts';

/** The API: stateless but for its lane of bids; run as many as you like. */
const settings = settingsOrExit(() => readSettings());
const paypal = createPayPal(settingsOrExit(() => paypalOptions(settings)));
const log = createLog(settings, 'api');
const database = await createDatabase({
  url: settings.DATABASE_URL,
  poolSize: settings.DATABASE_POOL_SIZE,
}).initialize();
const lost = (error: Error) => log.warn({ err: error }, 'a database connection was lost');
const pool = surviveLosses(new pg.Pool({ connectionString: settings.DATABASE_URL, max: 4 }), lost);
const lanePool = openLanePool(settings.DATABASE_URL, lost);
const reports = await readReports(fileURLToPath(new URL('../../reports', import.meta.url)));

const app = await createApi({
  database,
  pool,
  lanePool,
  log,
  paypal,
  erp: createErp({ baseUrl: settings.ERP_BASE_URL, secret: settings.ERP_SECRET }),
  reportStore: createReportStore({
    connectionString: settings.AZURE_STORAGE_CONNECTION_STRING,
    container: settings.AZURE_STORAGE_CONTAINER,
  }),
  reports: new Map(reports.map((report) => [report.name, report])),
  tokens: createTokenVerifier(settings),
  ...limitsOf(settings),
});
await app.listen(settings.API_PORT, settings.API_HOST);
log.info({ url: await app.getUrl() }, 'API ready');

stopOnSignal(() => {
  void app
    .close()
    .then(() => Promise.all([pool.end(), lanePool.end(), database.destroy()]))
    .then(() => log.info('API stopped'));
});
