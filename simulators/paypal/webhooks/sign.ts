import { sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { transmissionId } from '../identifiers.ts';
import type { Signer } from './authority.ts';

export interface Signing {
  readonly signer: Signer;
  readonly webhookId: string;
  readonly publicUrl: string;
  /** Real time: whoever verifies has no other. */
  readonly atMs: number;
}

/**
 * The headers of one delivery. The body must be sent as it is signed, byte for byte.
 * https://developer.paypal.com/api/rest/webhooks/rest/#verify-webhook-signature
 */
export function signatureHeaders(body: string | Buffer, signing: Signing): Record<string, string> {
  const id = transmissionId();
  const time = new Date(signing.atMs).toISOString();
  const message = `${id}|${time}|${signing.webhookId}|${crc32(body)}`;
  const signature = sign('RSA-SHA256', Buffer.from(message), signing.signer.privateKey);
  return {
    'paypal-transmission-id': id,
    'paypal-transmission-time': time,
    'paypal-transmission-sig': signature.toString('base64'),
    'paypal-cert-url': `${signing.publicUrl}/v1/notifications/certs/${signing.signer.certificateId}`,
    'paypal-auth-algo': 'SHA256withRSA',
  };
}

/** What is wrong with a forged delivery. */
export const FORGERIES = ['body', 'key', 'age', 'unsigned'] as const;
export type Forgery = (typeof FORGERIES)[number];

/** A delivery that must not be believed. */
export function forge(
  forgery: Forgery,
  body: string,
  signing: Signing & { readonly stranger: Signer },
): { readonly body: string; readonly headers: Record<string, string> } {
  switch (forgery) {
    case 'body':
      return {
        body: body.replace(/\d(?=[^\d]*$)/, '7') + ' ',
        headers: signatureHeaders(body, signing),
      };
    case 'key':
      return { body, headers: signatureHeaders(body, { ...signing, signer: signing.stranger }) };
    case 'age': {
      const fiveDaysMs = 5 * 24 * 60 * 60 * 1000;
      return {
        body,
        headers: signatureHeaders(body, { ...signing, atMs: signing.atMs - fiveDaysMs }),
      };
    }
    case 'unsigned':
      return { body, headers: {} };
  }
}
