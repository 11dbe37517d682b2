import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevelopmentKey } from '../stack/secrets.ts';
import { writeStackFile, type Addresses } from '../stack/stack-file.ts';
import { StateFolder } from '../stack/state-folder.ts';
import { apiAddress, developmentToken } from './token.ts';

let state: string;
beforeAll(() => (state = mkdtempSync(join(tmpdir(), 'gavel-token-'))));
afterAll(() => rmSync(state, { recursive: true, force: true }));

describe('bin/gavel token', () => {
  it('signs with the key that it made, for as long as was asked', async () => {
    const token = await developmentToken(
      { role: ['operator', 'finance'], subject: 'otto', hours: 1 },
      { GAVEL_STATE: state },
    );
    const { publicKey } = JSON.parse(
      readFileSync(join(state, 'development-key.json'), 'utf8'),
    ) as DevelopmentKey;

    const { payload } = await jwtVerify(token, await importJWK(publicKey), {
      issuer: 'gavel-development',
      audience: 'gavel',
    });
    expect(payload).toMatchObject({ sub: 'otto', roles: ['operator', 'finance'] });
    expect(payload.exp! - payload.iat!).toBe(3_600);
  });

  it('names the port that the API has, not the one that it has by default', () => {
    expect(apiAddress({ GAVEL_STATE: state })).toBe('http://127.0.0.1:3000');
    expect(apiAddress({ GAVEL_STATE: state, API_PORT: '3210' })).toBe('http://127.0.0.1:3210');
    const address = 'http://127.0.0.1:41234';
    const names = [
      'api',
      'apiDocs',
      'temporal',
      'temporalUi',
      'database',
      'blob',
      'paypal',
      'erp',
      'worker',
    ];
    writeStackFile(StateFolder.open(state), {
      supervisor: { pid: 1, started: '' },
      status: 'ready',
      addresses: Object.fromEntries(names.map((name) => [name, address])) as unknown as Addresses,
      environment: {},
      parts: [],
    });
    expect(apiAddress({ GAVEL_STATE: state, API_PORT: '3210' })).toBe(address);
  });

  it('is refused in production', async () => {
    const environment = { GAVEL_STATE: state, GAVEL_ENVIRONMENT: 'production' };
    const asked = developmentToken({ role: ['admin'], hours: 1 }, environment);
    await expect(asked).rejects.toThrow(/for development only/);
  });
});
