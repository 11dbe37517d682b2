import { createHash, verify as verifySignature } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { keepable } from '../../domain/common/keepable.ts';
import type { PayPalOptions } from './options.ts';
import { Certificates } from './webhooks/certificates.ts';
import { readTransmission } from './webhooks/transmission.ts';
import type { RequestHeaders } from './webhooks/transmission.ts';

/** A name that can be kept and looked up. */
const Name = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text === keepable(text));

/** Signed, it is PayPal's, whatever is in it: nothing but the signature makes a forgery. */
const EVENT = z.looseObject({ id: Name, event_type: Name });

/** An event with PayPal's own field names, as it is stored and shown to operators. */
export type WebhookEvent = z.infer<typeof EVENT>;

/** The type of what PayPal has signed, and nobody can tell what it is. */
export const UNREADABLE_EVENT = 'unreadable';

export type WebhookVerdict =
  | { readonly genuine: true; readonly event: WebhookEvent }
  | { readonly genuine: false; readonly reason: string };

/** https://developer.paypal.com/api/rest/webhooks/ */
export class Webhooks {
  private readonly certificates: Certificates;
  private readonly webhookId: string;

  constructor(options: PayPalOptions) {
    this.webhookId = options.webhookId;
    this.certificates = new Certificates(options);
  }

  /**
   * Checks that PayPal signed exactly these bytes, for us, lately. Nothing of the body is read before.
   * Throws PayPalUnreachable when the certificate could not be fetched: answer 503, and PayPal sends
   * the event again.
   * https://developer.paypal.com/api/rest/webhooks/rest/#verify-webhook-signature
   */
  async verify(headers: RequestHeaders, rawBody: Buffer): Promise<WebhookVerdict> {
    const transmission = readTransmission(headers, Date.now());
    if (typeof transmission === 'string') return forged(transmission);

    const certificate = await this.certificates.get(transmission.certificateUrl);
    if (typeof certificate === 'string') return forged(certificate);

    const { id, time, signature } = transmission;
    const signed = Buffer.from(`${id}|${time}|${this.webhookId}|${crc32(rawBody)}`);
    if (!verifySignature('RSA-SHA256', signed, certificate.publicKey, signature)) {
      return forged('the signature does not fit the body, the headers or the webhook id');
    }
    return readEvent(rawBody);
  }
}

/** What is signed, by whatever name it can be kept. */
export function readEvent(rawBody: Buffer): WebhookVerdict {
  const event = EVENT.safeParse(parsed(rawBody));
  if (event.success) return { genuine: true, event: event.data };
  const id = createHash('sha256').update(rawBody).digest('hex');
  return { genuine: true, event: { id, event_type: UNREADABLE_EVENT } };
}

function parsed(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
}

const forged = (reason: string): WebhookVerdict => ({ genuine: false, reason });
