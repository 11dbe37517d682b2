import 'reflect-metadata'; // x509 asks for it.
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** Certificates for tests of webhook verification; nothing else may use them. */
export interface Authority {
  readonly name: string;
  readonly pem: string;
  readonly privateKeyPem: string;
  readonly keys: Awaited<ReturnType<typeof makeKeys>>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const algorithm = (keyBits: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: keyBits,
});

const makeKeys = (keyBits: number) =>
  webcrypto.subtle.generateKey(algorithm(keyBits), true, ['sign', 'verify']);

/** An authority, under itself or under another one. */
export const makeAuthority = (name: string, issuer?: Authority): Promise<Authority> =>
  make({ name, issuer, isAuthority: true, days: [-365, 365], keyBits: 2048 });

/** A certificate valid for some days from now. */
export const issueCertificate = (
  issuer: Authority,
  {
    subject,
    days = [-30, 30],
    keyBits = 2048,
  }: { subject: string; days?: readonly [number, number]; keyBits?: number },
): Promise<Authority> => make({ name: subject, issuer, isAuthority: false, days, keyBits });

async function make(asked: {
  name: string;
  issuer?: Authority;
  isAuthority: boolean;
  days: readonly [from: number, to: number];
  keyBits: number;
}): Promise<Authority> {
  const keys = await makeKeys(asked.keyBits);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: asked.name,
      issuer: asked.issuer?.name ?? asked.name,
      publicKey: keys.publicKey,
      signingKey: (asked.issuer?.keys ?? keys).privateKey,
      signingAlgorithm: algorithm(2048),
      notBefore: new Date(Date.now() + asked.days[0] * DAY_MS),
      notAfter: new Date(Date.now() + asked.days[1] * DAY_MS),
      extensions: [new x509.BasicConstraintsExtension(asked.isAuthority, undefined, true)],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    name: asked.name,
    pem: `${certificate.toString('pem')}\n`,
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----\n`,
    keys,
  };
}
