import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { API_FLAGS } from '../../cli/stack/api.ts';
import { azuriteConnectionString } from '../../cli/stack/azurite.ts';
import { DEVELOPMENT_ISSUER } from '../../cli/stack/plan.ts';
import { keptSecrets } from '../../cli/stack/secrets.ts';
import { StateFolder } from '../../cli/stack/state-folder.ts';
import type { House } from './house.ts';

const PROCESS = fileURLToPath(new URL('./api-process.js', import.meta.url));

/** What the process answers: its port once it listens, its memory when it is asked. */
export interface ApiMessage {
  readonly port?: number;
  readonly residentBytes?: number;
}

/** The API in a process of its own, as in production. */
export class Api {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(house: House, profile?: string): Promise<Api> {
    const child = fork(PROCESS, {
      execArgv: [...API_FLAGS, ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [])],
      env: { ...process.env, ...settings(house) },
      stdio: ['ignore', 2, 2, 'ipc'], // Standard output belongs to the figures.
    });
    const { port } = await answerOf(child);
    return new Api(child, port!);
  }

  async residentBytes(): Promise<number> {
    const answer = answerOf(this.child);
    this.child.send('memory');
    return (await answer).residentBytes!;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.disconnect();
    await exit;
  }
}

async function answerOf(child: ChildProcess): Promise<ApiMessage> {
  const done = new AbortController();
  const { signal } = done;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as ApiMessage),
      once(child, 'exit', { signal }).then(([code]): never => {
        throw new Error(`The API has ended with ${String(code)}.`);
      }),
    ]);
  } finally {
    done.abort();
  }
}

/** All settings of the API. No bid reaches the outside services, so they need not exist. */
function settings(house: House): Record<string, string> {
  const secrets = keptSecrets(StateFolder.open(house.folder));
  return {
    GAVEL_ENVIRONMENT: 'development',
    LOG_LEVEL: 'warn',
    API_HOST: '127.0.0.1',
    API_PORT: '0',
    DATABASE_URL: house.databaseUrl,
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    AZURE_STORAGE_CONNECTION_STRING: azuriteConnectionString(9),
    PAYPAL_BASE_URL: 'http://127.0.0.1:9',
    PAYPAL_CLIENT_ID: secrets.paypalClientId,
    PAYPAL_CLIENT_SECRET: secrets.paypalClientSecret,
    PAYPAL_PARTNER_ATTRIBUTION_ID: 'GAVEL_BENCH',
    PAYPAL_WEBHOOK_ID: secrets.paypalWebhookId,
    ERP_BASE_URL: 'http://127.0.0.1:9',
    ERP_SECRET: secrets.erpSecret,
    AUTH_ISSUER: DEVELOPMENT_ISSUER,
    AUTH_AUDIENCE: 'gavel',
    AUTH_DEVELOPMENT_KEY_FILE: house.keyFile,
  };
}
