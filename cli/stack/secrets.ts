import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';
import type { StateFolder } from './state-folder.ts';

const SECRETS = z.object({
  databasePassword: z.string(),
  paypalClientId: z.string(),
  paypalClientSecret: z.string(),
  paypalWebhookId: z.string(),
  erpSecret: z.string(),
});

export type Secrets = z.infer<typeof SECRETS>;

/** What `bin/gavel token` signs with, and what the API checks with, in development only. */
export interface DevelopmentKey {
  readonly publicKey: JWK;
  readonly privateKey: JWK;
}

/** Made at the first start and kept, so that data and tokens outlive a restart. */
export function keptSecrets(state: StateFolder): Secrets {
  const file = state.file('secrets.json');
  if (existsSync(file)) return SECRETS.parse(JSON.parse(readFileSync(file, 'utf8')));
  const secrets: Secrets = {
    databasePassword: secret(),
    paypalClientId: `client-${secret().slice(0, 12)}`,
    paypalClientSecret: secret(),
    paypalWebhookId: `webhook-${secret().slice(0, 12)}`,
    erpSecret: secret(),
  };
  writePrivately(file, secrets);
  return secrets;
}

/** The path of the development key, which is made when there is none. */
export async function keptDevelopmentKey(state: StateFolder): Promise<string> {
  const file = state.file('development-key.json');
  if (existsSync(file)) return file;
  const pair = await generateKeyPair('EdDSA', { extractable: true });
  const facts = { kid: 'gavel-development', alg: 'EdDSA', use: 'sig' };
  const key: DevelopmentKey = {
    publicKey: { ...(await exportJWK(pair.publicKey)), ...facts },
    privateKey: { ...(await exportJWK(pair.privateKey)), ...facts },
  };
  writePrivately(file, key);
  return file;
}

/** Readable by the owner alone, and never half written. */
export function writePrivately(file: string, content: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}
