import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** A leaf, its intermediates and a root: real chains have three or four. */
const LONGEST_CHAIN = 6;
const SMALLEST_KEY_BITS = 2048;

/** The certificates of a PEM text, leaf first; undefined when there is none or one is broken. */
export function readChain(pem: string): X509Certificate[] | undefined {
  const parts = pem.match(PEM) ?? [];
  if (parts.length === 0 || parts.length > LONGEST_CHAIN) return undefined;
  try {
    return parts.map((part) => new X509Certificate(part));
  } catch {
    return undefined;
  }
}

/** The authorities that a webhook certificate may come from: the public ones, and one of our own. */
export class TrustedAuthorities {
  private readonly pem: string[];
  private parsed: X509Certificate[] | undefined;

  constructor(ownPem: string | undefined) {
    this.pem = [...(ownPem?.match(PEM) ?? []), ...rootCertificates];
  }

  /** Why a chain is not to be trusted at a time; undefined when it is. */
  faultIn(chain: readonly X509Certificate[], now: Date): string | undefined {
    const [leaf, ...intermediates] = chain;
    if (!leaf) return 'there is no certificate';
    if (!isValidAt(leaf, now)) return 'the certificate is not valid today';
    if (leaf.ca) return 'the certificate is an authority, not a signer';
    const key = leaf.publicKey;
    const keyBits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (key.asymmetricKeyType !== 'rsa' || keyBits < SMALLEST_KEY_BITS) {
      return 'the key of the certificate is not RSA, or too short';
    }
    return this.leadsToTrust(leaf, intermediates, now)
      ? undefined
      : 'the certificate does not come from a trusted authority';
  }

  private leadsToTrust(
    leaf: X509Certificate,
    intermediates: readonly X509Certificate[],
    now: Date,
  ): boolean {
    let current = leaf;
    for (let step = 0; step < LONGEST_CHAIN; step += 1) {
      if (this.roots().some((root) => isIssuedBy(current, root, now))) return true;
      const next = intermediates.find((one) => isIssuedBy(current, one, now));
      if (!next || next === current) return false;
      current = next;
    }
    return false;
  }

  /** Parsed at the first webhook: 150 certificates take some milliseconds. */
  private roots(): X509Certificate[] {
    return (this.parsed ??= this.pem.map((one) => new X509Certificate(one)));
  }
}

/** `checkIssued` compares names, `verify` the signature: neither is enough alone. */
const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate, now: Date): boolean =>
  issuer.ca &&
  isValidAt(issuer, now) &&
  certificate.checkIssued(issuer) &&
  certificate.verify(issuer.publicKey);

const isValidAt = (certificate: X509Certificate, now: Date): boolean =>
  new Date(certificate.validFrom) <= now && now <= new Date(certificate.validTo);
