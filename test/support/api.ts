import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { inject } from 'vitest';
import { createApi } from '../../src/api/create-api.ts';
import { limitsOf, type ApiDependencies } from '../../src/api/dependencies.ts';
import { createTokenVerifier, type Role } from '../../src/api/http/tokens.ts';
import { createReportStore } from '../../src/integrations/azure-blob/report-store.ts';
import { createErp } from '../../src/integrations/erp/erp.ts';
import { signedHeaders } from '../../src/integrations/erp/signature.ts';
import { PayPalUnreachable, type PayPal } from '../../src/integrations/paypal/index.ts';
import { readReports } from '../../src/integrations/report-files/report-files.ts';
import { readSettings } from '../../src/settings.ts';
import type { TestDatabase } from './database.ts';

const ERP_SECRET = 'a-secret-that-only-the-test-knows';

export interface Answer<Json> {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The body, when it is JSON; an empty object when it is none. */
  readonly json: Json;
}

/** What tests read of answers whose form they do not state. */
export interface AnyBody {
  readonly id: string;
  readonly state: string;
  readonly code: string;
  readonly detail: string;
  readonly correlationId: string;
  readonly next: string | null;
  readonly items: readonly AnyBody[];
  readonly [name: string]: unknown;
}

export interface Asking {
  readonly token?: string;
  /** Sent as JSON; text is sent as it is. */
  readonly body?: unknown;
  /** The Idempotency-Key; false leaves it out. By default a new one on every POST. */
  readonly key?: string | false;
  readonly headers?: Readonly<Record<string, string>>;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface TestApi {
  readonly app: NestFastifyApplication;
  get<Json = AnyBody>(path: string, asking?: Asking): Promise<Answer<Json>>;
  post<Json = AnyBody>(path: string, asking?: Asking): Promise<Answer<Json>>;
  send<Json = AnyBody>(method: Method, path: string, asking?: Asking): Promise<Answer<Json>>;
  token(id: string, roles: readonly Role[], but?: Partial<TokenFacts>): Promise<string>;
  /** Headers with which the ERP signs this text. */
  signedByErp(text: string, at?: Date): Record<string, string>;
  close(): Promise<void>;
}

interface TokenFacts {
  issuer: string;
  audience: string;
  expiresAt: Date;
  signedByAStranger: boolean;
}

/** The API on a test's database, with tokens and signatures that the test can make. */
export async function startApi(
  test: TestDatabase,
  webhooks: PayPal['webhooks'] = fakeWebhooks,
  but: Partial<ApiDependencies> = {},
): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), 'gavel-api-'));
  const [ours, strangers] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
  const keyFile = join(folder, 'key.json');
  writeFileSync(keyFile, JSON.stringify({ publicKey: await exportJWK(ours.publicKey) }));

  const reports = await readReports(fileURLToPath(new URL('../../reports', import.meta.url)));
  const app = await createApi({
    database: test.database,
    pool: test.pool,
    lanePool: test.openLanePool(),
    log: pino({ level: 'silent' }),
    paypal: { webhooks },
    erp: createErp({ baseUrl: 'http://erp.invalid', secret: ERP_SECRET }),
    reportStore: createReportStore({
      connectionString: inject('azureStorageConnectionString'),
      container: 'api-spec',
    }),
    reports: new Map(reports.map((report) => [report.name, report])),
    tokens: createTokenVerifier(settingsWith(keyFile)),
    ...limitsOf(settingsWith(keyFile)),
    creditLimits: { approvalAboveMinor: 10_000, largestMinor: 1_000_000 },
    ...but,
  });
  await app.getHttpAdapter().getInstance().ready();

  let keys = 0;
  async function ask<Json>(method: Method, path: string, asking: Asking): Promise<Answer<Json>> {
    const key = asking.key ?? (method === 'POST' ? `key-${++keys}` : false);
    const { body } = asking;
    const response = await app.inject({
      method,
      url: path,
      headers: {
        ...(asking.token && { authorization: `Bearer ${asking.token}` }),
        ...(key && { 'idempotency-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...asking.headers,
      },
      ...(body !== undefined && { payload: asText(body) }),
    });
    const isJson = /json/.test(String(response.headers['content-type']));
    return {
      status: response.statusCode,
      headers: response.headers,
      text: response.body,
      json: (isJson && response.body ? JSON.parse(response.body) : {}) as Json,
    };
  }

  return {
    app,
    get: (path, asking = {}) => ask('GET', path, asking),
    post: (path, asking = {}) => ask('POST', path, asking),
    send: (method, path, asking = {}) => ask(method, path, asking),
    token: (id, roles, but = {}) =>
      new SignJWT({ roles })
        .setProtectedHeader({ alg: 'ES256' })
        .setSubject(id)
        .setIssuer(but.issuer ?? ISSUER)
        .setAudience(but.audience ?? AUDIENCE)
        .setExpirationTime(but.expiresAt ?? '1 hour')
        .sign(but.signedByAStranger ? strangers.privateKey : ours.privateKey),
    signedByErp: (text, at = new Date()) => signedHeaders(ERP_SECRET, text, at),
    async close() {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const asText = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));

const ISSUER = 'https://issuer.invalid';
const AUDIENCE = 'gavel';

const settingsWith = (keyFile: string) =>
  readSettings({
    GAVEL_ENVIRONMENT: 'development',
    DATABASE_URL: 'postgresql://localhost/unused',
    TEMPORAL_ADDRESS: 'unused',
    AZURE_STORAGE_CONNECTION_STRING: 'unused',
    PAYPAL_CLIENT_ID: 'unused',
    PAYPAL_CLIENT_SECRET: 'unused',
    PAYPAL_PARTNER_ATTRIBUTION_ID: 'unused',
    PAYPAL_WEBHOOK_ID: 'unused',
    ERP_BASE_URL: 'http://erp.invalid',
    ERP_SECRET,
    AUTH_ISSUER: ISSUER,
    AUTH_AUDIENCE: AUDIENCE,
    AUTH_DEVELOPMENT_KEY_FILE: keyFile,
  });

/** What PayPal's signatures mean is tested beside the verifier; here a header says it. */
const fakeWebhooks = {
  verify(headers: Record<string, unknown>, rawBody: Buffer) {
    switch (headers['x-verdict']) {
      case 'genuine':
        return Promise.resolve({ genuine: true, event: JSON.parse(rawBody.toString()) });
      case 'unreachable':
        return Promise.reject(
          new PayPalUnreachable('GET certificate', false, { code: 'ECONNREFUSED', message: '' }),
        );
      default:
        return Promise.resolve({ genuine: false, reason: 'forged' });
    }
  },
} as unknown as PayPal['webhooks'];
