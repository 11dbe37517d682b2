import 'reflect-metadata';
import pg from 'pg';
import { createApi } from '../../src/api/create-api.ts';
import { limitsOf } from '../../src/api/dependencies.ts';
import { createTokenVerifier } from '../../src/api/http/tokens.ts';
import { openLanePool } from '../../src/database/lanes/lane-pool.ts';
import { createDatabase } from '../../src/database/data-source.ts';
import { surviveLosses } from '../../src/database/survive-losses.ts';
import { createReportStore } from '../../src/integrations/azure-blob/report-store.ts';
import { createErp } from '../../src/integrations/erp/erp.ts';
import { createPayPal } from '../../src/integrations/paypal/index.ts';
import { createLog } from '../../src/process.ts';
import { paypalOptions, readSettings } from '../../src/settings.ts';
import type { ApiMessage } from './api.ts';
import { EmptyModule } from './empty.module.ts';

/** Wired as in main.api.ts, with one module more: the route that does nothing. */
const settings = readSettings();
const database = await createDatabase({
  url: settings.DATABASE_URL,
  poolSize: settings.DATABASE_POOL_SIZE,
}).initialize();
const pool = surviveLosses(new pg.Pool({ connectionString: settings.DATABASE_URL, max: 4 }));
const lanePool = openLanePool(settings.DATABASE_URL);
const app = await createApi(
  {
    database,
    pool,
    lanePool,
    log: createLog(settings, 'bench-api'),
    paypal: createPayPal(paypalOptions(settings)),
    erp: createErp({ baseUrl: settings.ERP_BASE_URL, secret: settings.ERP_SECRET }),
    reportStore: createReportStore({
      connectionString: settings.AZURE_STORAGE_CONNECTION_STRING,
      container: settings.AZURE_STORAGE_CONTAINER,
    }),
    reports: new Map(),
    tokens: createTokenVerifier(settings),
    ...limitsOf(settings),
    mostStreamsPerSubject: Infinity, // The watchers of the benchmark share their tokens.
  },
  [EmptyModule],
);
await app.listen(settings.API_PORT, settings.API_HOST);

const tell = (message: ApiMessage) => process.send?.(message);
tell({ port: Number(new URL(await app.getUrl()).port) });
process.on('message', () => tell({ residentBytes: process.memoryUsage.rss() }));
// It lives as long as the benchmark does, and ends by itself, as run-in-house.ts says.
process.on('disconnect', () => {
  void app.close().then(() => Promise.all([pool.end(), lanePool.end(), database.destroy()]));
});
