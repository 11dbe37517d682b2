import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/settings.ts';
import { examine, examineAll } from './doctor.ts';

const settings = readSettings({
  GAVEL_ENVIRONMENT: 'development',
  DATABASE_URL: 'postgresql://gavel:pass%2Fword@127.0.0.1:5432/gavel',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  AZURE_STORAGE_CONNECTION_STRING: 'AccountName=one;AccountKey=blob-key;',
  PAYPAL_CLIENT_ID: 'client',
  PAYPAL_CLIENT_SECRET: 'paypal-secret',
  PAYPAL_PARTNER_ATTRIBUTION_ID: 'partner',
  PAYPAL_WEBHOOK_ID: 'webhook',
  ERP_BASE_URL: 'http://127.0.0.1:4020',
  ERP_SECRET: 'a-secret-of-the-erp',
  AUTH_ISSUER: 'gavel-development',
});

describe('bin/gavel doctor', () => {
  const away = (name: string, needs?: string[]) => ({
    name,
    needs,
    remedy: 'Look.',
    examine: () => Promise.reject(new Error('connection refused')),
  });

  it('blames what is away, and nothing that only needs it', async () => {
    const checks = [away('database'), away('api', ['database']), away('erp')];
    const findings = await examineAll(checks, settings);
    expect(findings.map(({ line }) => line)).toEqual([
      'FAIL database  connection refused. Look.',
      '?    api       cannot be told without database',
      'FAIL erp       connection refused. Look.',
    ]);
    expect(findings.map(({ well }) => well)).toEqual([false, true, false]);
  });
});

describe('one line of bin/gavel doctor', () => {
  it('says what was found', async () => {
    const check = { name: 'erp', remedy: 'Look.', examine: async () => 'version 8' };
    expect(await examine(check, settings)).toEqual({
      well: true,
      line: 'ok   erp       version 8',
    });
  });

  it('says what is wrong and what to do, without any secret', async () => {
    const leak = 'pass%2Fword pass/word blob-key paypal-secret a-secret-of-the-erp';
    const check = {
      name: 'erp',
      remedy: 'Look.',
      examine: () => Promise.reject(new Error('fetch failed', { cause: new Error(leak) })),
    };
    expect(await examine(check, settings)).toEqual({
      well: false,
      line: 'FAIL erp       *** *** *** *** ***. Look.',
    });
  });
});
