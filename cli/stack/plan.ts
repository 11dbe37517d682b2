import { SETTINGS } from '../../src/settings.ts';
import { apiPart } from './api.ts';
import { azuriteConnectionString, azuritePart } from './azurite.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';
import { postgresPart } from './postgres.ts';
import { keptDevelopmentKey, keptSecrets, type Secrets } from './secrets.ts';
import { certificateAuthority, erpPart, paypalPart } from './simulators.ts';
import type { Addresses } from './stack-file.ts';
import type { StateFolder } from './state-folder.ts';
import { temporalPart } from './temporal.ts';
import { workerPart } from './worker.ts';

export const DEVELOPMENT_ISSUER = 'gavel-development';

const USUAL_PORTS = {
  api: 3000,
  worker: 3001,
  paypal: 4010,
  erp: 4020,
  postgres: 5433, // 5432 is left to a PostgreSQL of the machine's own.
  temporal: 7233,
  temporalUi: 8233,
  azurite: 10000,
};

export interface Plan {
  /** Those which nobody else provides. */
  readonly parts: readonly Part[];
  readonly addresses: Addresses;
  /** All settings of the API and the worker. */
  readonly environment: Record<string, string>;
}

export interface PlanOptions {
  readonly state: StateFolder;
  readonly ports: Ports;
  /** What the environment gives is used, and not started. */
  readonly given: NodeJS.ProcessEnv;
  readonly extraEnvironment: Record<string, string>;
  readonly settingsOfPostgres?: readonly string[];
  readonly temporalInMemory?: boolean;
}

/** Decides on ports, addresses and settings before anything is started. */
export async function makePlan(options: PlanOptions): Promise<Plan> {
  const { state, ports, given } = options;
  const secrets = keptSecrets(state);
  const key = await keptDevelopmentKey(state);
  const apiPort = await ports.take(Number(given.API_PORT || USUAL_PORTS.api), 'the API');
  const workerPort = await ports.take(
    Number(given.WORKER_PORT || USUAL_PORTS.worker),
    'the worker',
  );

  const database = given.DATABASE_URL ? undefined : await planPostgres();
  const temporal = given.TEMPORAL_ADDRESS ? undefined : await planTemporal();
  const blob = given.AZURE_STORAGE_CONNECTION_STRING ? undefined : await planAzurite();
  const simulator = { apiPort, secrets };
  const paypal = given.PAYPAL_BASE_URL ? undefined : await planPaypal();
  const erp = given.ERP_BASE_URL ? undefined : await planErp();

  const environment: Record<string, string> = {
    ...settingsAmong(given),
    GAVEL_ENVIRONMENT: 'development',
    API_HOST: given.API_HOST || '127.0.0.1',
    API_PORT: String(apiPort),
    WORKER_PORT: String(workerPort),
    AUTH_ISSUER: given.AUTH_ISSUER || DEVELOPMENT_ISSUER,
    AUTH_AUDIENCE: given.AUTH_AUDIENCE || 'gavel',
    AUTH_DEVELOPMENT_KEY_FILE: key,
    ...database?.settings,
    ...temporal?.settings,
    ...blob?.settings,
    ...paypal?.settings,
    ...erp?.settings,
    ...options.extraEnvironment,
  };
  const api = apiPart(apiPort, environment);
  const worker = workerPart(workerPort, environment);
  const started = [database, temporal, blob, paypal, erp].flatMap((planned) =>
    planned ? [planned.part] : [],
  );

  return {
    parts: [...started, api, worker],
    environment,
    addresses: {
      api: api.address,
      apiDocs: `${api.address}/docs`,
      temporal: temporal?.part.address ?? given.TEMPORAL_ADDRESS!,
      temporalUi: temporal?.ui ?? 'the web UI of that Temporal',
      database: environment.DATABASE_URL!,
      blob: blob?.part.address ?? 'given by AZURE_STORAGE_CONNECTION_STRING',
      paypal: environment.PAYPAL_BASE_URL!,
      erp: environment.ERP_BASE_URL!,
      worker: worker.address,
    },
  };

  async function planPostgres() {
    const part = await postgresPart({
      data: state.file('postgres'),
      port: await ports.take(USUAL_PORTS.postgres, 'PostgreSQL'),
      password: secrets.databasePassword,
      settings: options.settingsOfPostgres,
    });
    return { part, settings: { DATABASE_URL: part.address } };
  }

  async function planTemporal() {
    const port = await ports.take(USUAL_PORTS.temporal, 'Temporal');
    const uiPort = options.temporalInMemory
      ? undefined
      : await ports.take(USUAL_PORTS.temporalUi, "Temporal's web UI");
    const part = temporalPart({
      port,
      httpPort: await ports.takeFree(),
      uiPort,
      databaseFile: options.temporalInMemory ? undefined : state.database('temporal'),
    });
    const ui = uiPort === undefined ? 'not started' : `http://127.0.0.1:${uiPort}`;
    return { part, ui, settings: { TEMPORAL_ADDRESS: part.address } };
  }

  async function planAzurite() {
    const port = await ports.take(USUAL_PORTS.azurite, 'Azurite');
    const part = azuritePart({ folder: state.folder('azurite'), port });
    return { part, settings: { AZURE_STORAGE_CONNECTION_STRING: azuriteConnectionString(port) } };
  }

  async function planPaypal() {
    const port = await ports.take(USUAL_PORTS.paypal, 'the PayPal simulator');
    const folder = state.folder('paypal');
    const part = paypalPart({ ...simulator, folder, port });
    return { part, settings: paypalSettings(part.address, folder, port, secrets) };
  }

  async function planErp() {
    const port = await ports.take(USUAL_PORTS.erp, 'the ERP simulator');
    const part = erpPart({ ...simulator, folder: state.folder('erp'), port });
    return { part, settings: { ERP_BASE_URL: part.address, ERP_SECRET: secrets.erpSecret } };
  }
}

function paypalSettings(address: string, folder: string, port: number, secrets: Secrets) {
  return {
    PAYPAL_BASE_URL: address,
    PAYPAL_CLIENT_ID: secrets.paypalClientId,
    PAYPAL_CLIENT_SECRET: secrets.paypalClientSecret,
    PAYPAL_PARTNER_ATTRIBUTION_ID: 'GAVEL_DEVELOPMENT',
    PAYPAL_WEBHOOK_ID: secrets.paypalWebhookId,
    PAYPAL_WEBHOOK_CERT_HOST: `127.0.0.1:${port}`,
    PAYPAL_WEBHOOK_CA_FILE: certificateAuthority(folder),
  };
}

function settingsAmong(environment: NodeJS.ProcessEnv): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const name of Object.keys(SETTINGS.shape)) {
    const text = environment[name];
    if (text) settings[name] = text;
  }
  return settings;
}
