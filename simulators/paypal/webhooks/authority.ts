import 'reflect-metadata'; // x509 asks for it.
import { createHash, createPrivateKey, webcrypto } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Store } from '../store.ts';

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const;

const DAY_MS = 24 * 60 * 60 * 1000;
const LIFETIME_MS = 3650 * DAY_MS;
const SETTING = 'webhooks.signer';

/** What signs webhooks: a certificate under an authority of the simulator's own. */
export interface Signer {
  readonly authorityPem: string;
  /** Leaf first, as PayPal serves it. */
  readonly chainPem: string;
  /** CERT-..., the last part of its URL. */
  readonly certificateId: string;
  readonly privateKey: KeyObject;
}

interface StoredSigner extends Omit<Signer, 'privateKey'> {
  readonly privateKeyPem: string;
}

/** The signer of this state folder, made at the first start. */
export async function loadSigner(store: Store): Promise<Signer> {
  const known = store.setting(SETTING);
  if (known) return revive(JSON.parse(known) as StoredSigner);
  const made = await makeSigner('PayPal simulator');
  store.saveSetting(SETTING, JSON.stringify(made));
  return revive(made);
}

/** A signer under an authority that nobody trusts, for forgeries. */
export const strangeSigner = async (): Promise<Signer> => revive(await makeSigner('A stranger'));

const revive = ({ privateKeyPem, ...rest }: StoredSigner): Signer => ({
  ...rest,
  privateKey: createPrivateKey(privateKeyPem),
});

async function makeSigner(name: string): Promise<StoredSigner> {
  const authorityKeys = await makeKeys();
  const keys = await makeKeys();
  const authorityName = `CN=${name} authority`;
  const validity = {
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + LIFETIME_MS),
    signingAlgorithm: ALGORITHM,
  };
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...validity,
      name: authorityName,
      keys: authorityKeys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 1, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    },
    webcrypto,
  );
  const leaf = await x509.X509CertificateGenerator.create(
    {
      ...validity,
      subject: `CN=${name} webhooks`,
      issuer: authorityName,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const hash = createHash('sha256').update(Buffer.from(leaf.rawData)).digest('hex');
  return {
    authorityPem: `${authority.toString('pem')}\n`,
    chainPem: `${leaf.toString('pem')}\n${authority.toString('pem')}\n`,
    certificateId: `CERT-${hash.slice(0, 8)}-${hash.slice(8, 16)}-${hash.slice(16, 24)}`,
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----\n`,
  };
}

const makeKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
