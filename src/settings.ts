import { readFileSync } from 'node:fs';
import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const port = z.coerce.number().int().min(0).max(65_535);
const url = z.url({ protocol: /^https?$/ });

/**
 * Every setting of the API and the worker, read from the environment once, at start.
 * docs/settings.md is generated from the descriptions here.
 */
export const SETTINGS = z.object({
  GAVEL_ENVIRONMENT: z
    .enum(['development', 'production'])
    .default('production')
    .describe('production refuses development keys and plain-http outside services'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('least log level'),

  API_HOST: z.string().default('0.0.0.0').describe('address that the API listens on'),
  API_PORT: port.default(3000).describe('port that the API listens on; 0 takes a free one'),
  WORKER_PORT: port.default(3001).describe("port of the worker's /healthz, /readyz and /metrics"),

  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe('PostgreSQL 18 or newer, postgresql://user:password@host:5432/gavel'),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(2)
    .max(64)
    .default(12)
    .describe('connections per process; 8 to 16 is best'),

  TEMPORAL_ADDRESS: z.string().min(1).describe('host:port of the Temporal frontend'),
  TEMPORAL_NAMESPACE: z.string().default('default').describe('Temporal namespace'),
  TEMPORAL_TLS: flag.default(false).describe('true for TLS without a client certificate'),
  TEMPORAL_TLS_CERT_FILE: z
    .string()
    .optional()
    .describe('client certificate (PEM), for mutual TLS with Temporal Cloud'),
  TEMPORAL_TLS_KEY_FILE: z.string().optional().describe('its private key (PEM)'),
  TEMPORAL_API_KEY: z.string().optional().describe('Temporal Cloud API key; implies TLS'),

  AZURE_STORAGE_CONNECTION_STRING: z
    .string()
    .min(1)
    .describe('Azure Blob Storage, where finance reports go'),
  AZURE_STORAGE_CONTAINER: z.string().default('reports').describe('container of the reports'),

  PAYPAL_BASE_URL: url
    .default('https://api-m.paypal.com')
    .describe('https://api-m.sandbox.paypal.com for the sandbox'),
  PAYPAL_CLIENT_ID: z.string().min(1).describe("the partner's REST app"),
  PAYPAL_CLIENT_SECRET: z.string().min(1).describe('its secret'),
  PAYPAL_PARTNER_ATTRIBUTION_ID: z
    .string()
    .min(1)
    .describe('BN code, needed for delayed disbursement'),
  PAYPAL_WEBHOOK_ID: z.string().min(1).describe('id of the webhook that points to this API'),
  PAYPAL_WEBHOOK_CERT_HOST: z
    .string()
    .optional()
    .describe("host:port allowed to serve webhook certificates besides PayPal's own; development"),
  PAYPAL_WEBHOOK_CA_FILE: z
    .string()
    .optional()
    .describe('certificate authority (PEM) trusted for webhooks besides the public ones'),
  PAYPAL_RETURN_URL: url
    .default('https://example.com/paid')
    .describe("the shop's page that a buyer returns to after approving"),

  ERP_BASE_URL: url.describe('the ERP, or the adapter in front of it'),
  ERP_SECRET: z
    .string()
    .min(16)
    .describe('shared secret that signs documents sent and acknowledgements received'),

  REQUEST_TIMEOUT_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(30)
    .describe('a request that has not arrived whole by then is cut off'),
  LIVE_STREAMS_PER_SUBJECT: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(20)
    .describe('live streams that one subject may have open at one API process'),
  METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe(
      'bearer token with which Prometheus reads /metrics; without it only this machine itself may',
    ),

  REPAIR_APPROVAL_ABOVE_MINOR: z.coerce
    .number()
    .int()
    .min(0)
    .default(10_000)
    .describe('minor units; a larger repair of the ledger needs a second person’s approval'),
  CREDIT_APPROVAL_ABOVE_MINOR: z.coerce
    .number()
    .int()
    .min(0)
    .default(10_000)
    .describe('minor units; more store credit to one owner within a day needs a second person'),
  LARGEST_CREDIT_MINOR: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_000_000)
    .describe('minor units; store credit is given up to this at once, also by two people'),

  AUTH_ISSUER: z.string().min(1).describe('OpenID issuer whose tokens are accepted'),
  AUTH_AUDIENCE: z.string().min(1).default('gavel').describe('audience that a token must carry'),
  AUTH_JWKS_URL: url
    .optional()
    .describe("the issuer's key set; by default found by OpenID discovery"),
  AUTH_ROLES_CLAIM: z.string().default('roles').describe("claim that lists the subject's roles"),
  AUTH_DEVELOPMENT_KEY_FILE: z
    .string()
    .optional()
    .describe('key file of `bin/gavel token`; refused in production'),
});

export type Settings = Readonly<z.infer<typeof SETTINGS>>;

export class SettingsError extends Error {
  override name = 'SettingsError';
}

/** Reads and checks all settings at once. Throws a SettingsError with one sentence per fault. */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, text]) => name in SETTINGS.shape && text !== ''),
  );
  const parsed = SETTINGS.safeParse(given);
  if (!parsed.success) throw new SettingsError(parsed.error.issues.map(sentence).join('\n'));
  refuseDevelopmentPartsInProduction(parsed.data);
  return parsed.data;

  function sentence(issue: z.core.$ZodIssue): string {
    const name = String(issue.path[0]) as keyof typeof SETTINGS.shape;
    const meaning = SETTINGS.shape[name].description;
    // The value itself is left out: it may be a secret.
    return name in given
      ? `${name} is wrong: ${issue.message} (it is: ${meaning}).`
      : `${name} is missing: set it to ${meaning}.`;
  }
}

function refuseDevelopmentPartsInProduction(settings: Settings): void {
  if (settings.GAVEL_ENVIRONMENT !== 'production') return;
  const faults: string[] = [];
  if (settings.AUTH_DEVELOPMENT_KEY_FILE)
    faults.push('AUTH_DEVELOPMENT_KEY_FILE is for development: remove it in production.');
  if (settings.PAYPAL_WEBHOOK_CERT_HOST || settings.PAYPAL_WEBHOOK_CA_FILE)
    faults.push('PAYPAL_WEBHOOK_CERT_HOST and PAYPAL_WEBHOOK_CA_FILE are for development.');
  if (!settings.PAYPAL_BASE_URL.startsWith('https://'))
    faults.push('PAYPAL_BASE_URL must be https in production.');
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
}

/** The TLS options of a Temporal connection, as the SDK takes them. */
export function temporalConnection(settings: Settings) {
  const certificate = settings.TEMPORAL_TLS_CERT_FILE;
  const key = settings.TEMPORAL_TLS_KEY_FILE;
  return {
    address: settings.TEMPORAL_ADDRESS,
    apiKey: settings.TEMPORAL_API_KEY,
    tls:
      certificate && key
        ? {
            clientCertPair: {
              crt: fileOf('TEMPORAL_TLS_CERT_FILE', certificate),
              key: fileOf('TEMPORAL_TLS_KEY_FILE', key),
            },
          }
        : settings.TEMPORAL_TLS || settings.TEMPORAL_API_KEY !== undefined,
  };
}

/** How much store credit is given, and by how many people. */
export const creditLimits = (settings: Settings) => ({
  approvalAboveMinor: settings.CREDIT_APPROVAL_ABOVE_MINOR,
  largestMinor: settings.LARGEST_CREDIT_MINOR,
});

/** The options of the PayPal client. */
export const paypalOptions = (settings: Settings) => ({
  baseUrl: settings.PAYPAL_BASE_URL,
  clientId: settings.PAYPAL_CLIENT_ID,
  clientSecret: settings.PAYPAL_CLIENT_SECRET,
  partnerAttributionId: settings.PAYPAL_PARTNER_ATTRIBUTION_ID,
  webhookId: settings.PAYPAL_WEBHOOK_ID,
  certificateHost: settings.PAYPAL_WEBHOOK_CERT_HOST,
  certificateAuthorityPem: settings.PAYPAL_WEBHOOK_CA_FILE
    ? fileOf('PAYPAL_WEBHOOK_CA_FILE', settings.PAYPAL_WEBHOOK_CA_FILE).toString('utf8')
    : undefined,
});

function fileOf(name: keyof Settings, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as { code?: string };
    throw new SettingsError(`${name} names ${path}, which cannot be read (${code}).`);
  }
}
