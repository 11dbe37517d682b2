import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../settings.ts';
import { createTokenVerifier, type TokenVerifier } from './tokens.ts';

let server: Server;
let issuer: string;
let key: CryptoKey;
let tokens: TokenVerifier;
/** What the issuer answers while it is out of order. */
let outOfOrder: number | undefined;

beforeEach(async () => {
  const pair = await generateKeyPair('RS256');
  key = pair.privateKey;
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }];
  outOfOrder = undefined;
  server = createServer((request, response) => {
    if (outOfOrder) return void response.writeHead(outOfOrder).end();
    const body = request.url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tokens = createTokenVerifier(settingsFor(issuer));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('a token of an OpenID issuer', () => {
  it('is accepted by the keys that discovery finds, with the roles that Gavel knows', async () => {
    const token = await signed({ roles: ['bidder', 'gardener'] });
    expect(await tokens(token)).toEqual({
      id: 'anna',
      roles: ['bidder'],
      expiresAtMs: expect.any(Number),
    });
  });

  it('may name its roles in one text', async () => {
    expect(await tokens(await signed({ roles: 'operator finance' }))).toMatchObject({
      roles: ['operator', 'finance'],
    });
  });

  it('is refused from another issuer, for another audience, expired, or without a subject', async () => {
    const wrong = [
      await signed({}, (token) => token.setIssuer('https://elsewhere.example')),
      await signed({}, (token) => token.setAudience('another')),
      await signed({}, (token) => token.setExpirationTime(1)),
      await signedWithoutSubject(),
    ];
    for (const token of wrong) {
      await expect(tokens(token)).rejects.toMatchObject({ status: 401, code: 'unauthorized' });
    }
  });

  it.each([
    ['half a surrogate pair', 'anna\ud800'],
    ['a NUL', 'an\0na'],
    ['a line break', 'an\nna'],
    ['101 characters', 'a'.repeat(101)],
    ['nothing', ''],
  ])('is refused when its subject has %s: nothing could be kept under it', async (_, subject) => {
    const token = await signed({}, (one) => one.setSubject(subject));
    await expect(tokens(token)).rejects.toMatchObject({
      status: 401,
      detail: expect.stringContaining('"sub" must be'),
    });
  });

  it('is refused when somebody else signed it', async () => {
    key = (await generateKeyPair('RS256')).privateKey;
    await expect(tokens(await signed({}))).rejects.toMatchObject({ status: 401 });
  });

  it('waits for an issuer that is out of order, and is accepted once that is back', async () => {
    outOfOrder = 503;
    await expect(tokens(await signed({}))).rejects.toMatchObject({
      status: 503,
      code: 'issuer_unavailable',
    });
    outOfOrder = undefined;
    expect(await tokens(await signed({}))).toMatchObject({ id: 'anna' });
  });
});

const unsigned = (claims: object) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(issuer)
    .setAudience('gavel')
    .setExpirationTime('1h');

const signed = (claims: object, change: (token: SignJWT) => SignJWT = (token) => token) =>
  change(unsigned(claims).setSubject('anna')).sign(key);

const signedWithoutSubject = () => unsigned({}).sign(key);

const settingsFor = (openIdIssuer: string) =>
  readSettings({
    GAVEL_ENVIRONMENT: 'production',
    DATABASE_URL: 'postgresql://localhost/unused',
    TEMPORAL_ADDRESS: 'unused',
    AZURE_STORAGE_CONNECTION_STRING: 'unused',
    PAYPAL_CLIENT_ID: 'unused',
    PAYPAL_CLIENT_SECRET: 'unused',
    PAYPAL_PARTNER_ATTRIBUTION_ID: 'unused',
    PAYPAL_WEBHOOK_ID: 'unused',
    ERP_BASE_URL: 'https://erp.invalid',
    ERP_SECRET: 'a secret of sixteen characters',
    AUTH_ISSUER: openIdIssuer,
  });
