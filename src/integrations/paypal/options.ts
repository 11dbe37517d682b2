export interface PayPalOptions {
  /** https://api-m.paypal.com, https://api-m.sandbox.paypal.com, or a stand-in. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The BN code that PayPal gave the partner; delayed disbursement asks for it. */
  readonly partnerAttributionId: string;
  /** PayPal's id of the webhook that points to us; it is part of what PayPal signs. */
  readonly webhookId: string;
  /** host:port that may serve webhook certificates besides PayPal's own hosts, also over http. */
  readonly certificateHost?: string;
  /** Certificate authority trusted for webhooks besides the public ones. */
  readonly certificateAuthorityPem?: string;
  /** How long to wait for an answer; 20 seconds by default. */
  readonly timeoutMs?: number;
}
