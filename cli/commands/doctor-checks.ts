import { BlobServiceClient } from '@azure/storage-blob';
import { Connection } from '@temporalio/client';
import { createDatabase } from '../../src/database/data-source.ts';
import { temporalConnection, type Settings } from '../../src/settings.ts';

export interface Check {
  readonly name: string;
  /** Says what it found, or throws. */
  examine(settings: Settings): Promise<string>;
  /** What to do when it fails. */
  readonly remedy: string;
  /** Checks without which this one tells nothing: when one of them fails, it alone is to blame. */
  readonly needs?: readonly string[];
}

export const CHECKS: readonly Check[] = [
  {
    name: 'database',
    examine: examineDatabase,
    remedy:
      'Check DATABASE_URL and that PostgreSQL runs; ' +
      'missing migrations are applied by: node dist/src/main.migrate.js',
  },
  {
    name: 'temporal',
    examine: examineTemporal,
    remedy: 'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the TEMPORAL_TLS settings.',
  },
  {
    name: 'blob',
    examine: examineBlob,
    remedy: 'Check AZURE_STORAGE_CONNECTION_STRING: the account, its key and its firewall.',
  },
  {
    name: 'paypal',
    examine: examinePaypal,
    remedy: 'Check PAYPAL_BASE_URL (sandbox or live), PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET.',
  },
  {
    name: 'erp',
    examine: async ({ ERP_BASE_URL }) => statusOf(`${ERP_BASE_URL}/healthz`),
    remedy: 'Check ERP_BASE_URL and that the ERP, or the adapter in front of it, runs.',
  },
  {
    name: 'api',
    needs: ['database'],
    examine: async ({ API_PORT }) => statusOf(`http://127.0.0.1:${API_PORT}/readyz`),
    remedy: 'Start it with bin/gavel up, or see its log; API_PORT says where it should be.',
  },
  {
    name: 'worker',
    needs: ['database', 'temporal'],
    examine: async ({ WORKER_PORT }) => statusOf(`http://127.0.0.1:${WORKER_PORT}/readyz`),
    remedy: 'Start it with bin/gavel start worker, or see its log; WORKER_PORT says where it is.',
  },
];

const OLDEST_POSTGRES = 18;

async function examineDatabase(settings: Settings): Promise<string> {
  const database = createDatabase({ url: settings.DATABASE_URL, poolSize: 2 });
  await database.initialize();
  try {
    const [server] = await database.query<{ server_version: string }[]>('SHOW server_version');
    const version = server?.server_version ?? 'unknown';
    if (Number.parseInt(version, 10) < OLDEST_POSTGRES)
      throw new Error(`PostgreSQL ${version} is too old, ${OLDEST_POSTGRES} is the oldest`);
    if (await database.showMigrations()) throw new Error('some migrations are not applied');
    return `PostgreSQL ${version}, ${database.migrations.length} migrations applied`;
  } finally {
    await database.destroy();
  }
}

async function examineTemporal(settings: Settings): Promise<string> {
  const connection = await Connection.connect({
    ...temporalConnection(settings),
    connectTimeout: '5 s',
  });
  try {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    const namespace = settings.TEMPORAL_NAMESPACE;
    await connection.workflowService.describeNamespace({ namespace });
    return `Temporal server ${serverVersion}, namespace ${namespace}`;
  } finally {
    await connection.close();
  }
}

async function examineBlob(settings: Settings): Promise<string> {
  const service = BlobServiceClient.fromConnectionString(settings.AZURE_STORAGE_CONNECTION_STRING, {
    retryOptions: { maxTries: 1 },
  });
  const { version } = await service.getProperties();
  const container = settings.AZURE_STORAGE_CONTAINER;
  const exists = await service.getContainerClient(container).exists();
  const state = exists ? 'is there' : 'will be made with the first report';
  return `Blob service ${version}, container ${container} ${state}`;
}

/** A token is asked for and thrown away: it shows the address and both halves of the secret right. */
async function examinePaypal(settings: Settings): Promise<string> {
  const { PAYPAL_BASE_URL, PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET } = settings;
  const credentials = Buffer.from(`${PAYPAL_CLIENT_ID}:${PAYPAL_CLIENT_SECRET}`);
  const response = await fetch(`${PAYPAL_BASE_URL}/v1/oauth2/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${credentials.toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  await response.body?.cancel();
  if (response.status === 400 || response.status === 401)
    throw new Error('PayPal does not accept PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET');
  if (!response.ok) throw new Error(`PayPal refused a token with status ${response.status}`);
  return `a token was granted by ${new URL(PAYPAL_BASE_URL).host}`;
}

async function statusOf(url: string): Promise<string> {
  const response = await fetch(url);
  const body = await response.text();
  if (response.ok) return `${url} answers`;
  // The worker says why in a line, the API in a problem's detail.
  const said = /"detail":"([^"]+)"/.exec(body)?.[1] ?? body.split('\n')[0];
  throw new Error(`${url} answers with status ${response.status}: ${said}`);
}
