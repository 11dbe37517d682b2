import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './folders.ts';
import type { Part } from './part.ts';
import type { Secrets } from './secrets.ts';
import { answers } from './wait.ts';

interface SimulatorOptions {
  readonly folder: string;
  readonly port: number;
  readonly apiPort: number;
  readonly secrets: Secrets;
}

export function paypalPart({ folder, port, apiPort, secrets }: SimulatorOptions): Part {
  const address = `http://127.0.0.1:${port}`;
  return {
    name: 'paypal',
    title: 'PayPal simulator',
    address,
    command: [process.execPath, built('simulators/paypal/main.js')],
    environment: {
      HOST: '127.0.0.1',
      PORT: String(port),
      STATE_DIR: folder,
      WEBHOOK_URL: `http://127.0.0.1:${apiPort}/v1/webhooks/paypal`,
      WEBHOOK_ID: secrets.paypalWebhookId,
      CLIENT_ID: secrets.paypalClientId,
      CLIENT_SECRET: secrets.paypalClientSecret,
    },
    isReady: async () => existsSync(certificateAuthority(folder)) && (await healthy(address)),
  };
}

/** The API trusts it for webhooks, so it must be there before the API starts. */
export function certificateAuthority(folder: string): string {
  return join(folder, 'ca.pem');
}

export function erpPart({ folder, port, apiPort, secrets }: SimulatorOptions): Part {
  const address = `http://127.0.0.1:${port}`;
  return {
    name: 'erp',
    title: 'ERP simulator',
    address,
    command: [process.execPath, built('simulators/erp/main.js')],
    environment: {
      HOST: '127.0.0.1',
      PORT: String(port),
      STATE_DIR: folder,
      CALLBACK_URL: `http://127.0.0.1:${apiPort}/v1/webhooks/erp`,
      SECRET: secrets.erpSecret,
    },
    isReady: () => healthy(address),
  };
}

function healthy(address: string): Promise<boolean> {
  return answers(`${address}/healthz`);
}
