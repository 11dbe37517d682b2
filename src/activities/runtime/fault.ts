import { ApplicationFailure } from '@temporalio/common';
import { ReportStoreError } from '../../integrations/azure-blob/report-store.ts';
import { ErpError, ErpUnreachable } from '../../integrations/erp/erp.ts';
import { PayPalError, PayPalUnreachable, verdictOn } from '../../integrations/paypal/index.ts';
import { PAYPAL_REFUSED } from '../paypal/paypal-faults.ts';

export type Service = 'database' | 'paypal' | 'erp' | 'blob';

/** Why a step has failed, for people, and whether time alone mends it. */
export interface Fault {
  /** The same words for all that fail for the same reason: no ids, no times. */
  readonly cause: string;
  /** What does not answer, or does not let us in; undefined when no service is to blame. */
  readonly service?: Service;
  /** From this attempt on the step counts as stuck. */
  readonly stuckFrom: number;
  /** Operators have been told about the subject itself, so there is no notice for the cause. */
  readonly told?: boolean;
}

/** Until then an outage is a hiccup: with pauses of 1, 2, 4, 8 and 16 seconds, half a minute. */
const OUTAGE_FROM = 6;
/** A fault that is not an outage hardly ever goes by itself, but a deadlock of two may look like one. */
const FAULT_FROM = 3;

const AWAY: Record<Service, string> = {
  database: 'The database does not answer',
  paypal: 'PayPal does not answer',
  erp: 'The ERP does not answer',
  blob: 'Blob storage does not answer',
};

export const isOutage = ({ service }: Fault): boolean => service !== undefined;

export function faultIn(error: unknown): Fault {
  if (refusesCredentials(error)) {
    const { sentence } = verdictOn('AUTHENTICATION_FAILURE') as { sentence: string };
    return { service: 'paypal', cause: sentence, stuckFrom: 1 };
  }
  const service = serviceAway(error);
  if (service) return { service, cause: AWAY[service], stuckFrom: OUTAGE_FROM };
  if (error instanceof ApplicationFailure && error.type === PAYPAL_REFUSED) {
    const [{ issue }] = error.details as [{ issue: string }];
    return { cause: `PayPal refuses: ${issue}`, stuckFrom: 1, told: true };
  }
  return { cause: causeOf(error), stuckFrom: FAULT_FROM };
}

function refusesCredentials(error: unknown): boolean {
  if (error instanceof PayPalUnreachable) return error.credentialsRefused;
  return error instanceof PayPalError && error.status === 401;
}

function serviceAway(error: unknown): Service | undefined {
  if (error instanceof PayPalUnreachable) return 'paypal';
  if (error instanceof PayPalError) return error.transient ? 'paypal' : undefined;
  if (error instanceof ErpUnreachable) return 'erp';
  if (error instanceof ErpError) return error.transient ? 'erp' : undefined;
  if (error instanceof ReportStoreError) return error.transient ? 'blob' : undefined;
  return isDatabaseAway(error) ? 'database' : undefined;
}

/**
 * Connection refused or lost, or none free in time; of PostgreSQL's classes 08 connection, 40 rolled back
 * (deadlock, serialization), 53 resources, 55P03 lock not available, 57P0x shut down.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && AWAY_CODES.test(code)) return true;
  return AWAY_WORDS.test(error.message);
}

const AWAY_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08...$|40...$|53...$|55P03$|57P0.$)/;
const AWAY_WORDS =
  /connection (terminated|timeout)|timeout exceeded|runner was already released|pool is closed|not queryable/i;

const LONGEST_CAUSE = 300;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const MOMENT = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^\s"']*/g;

function causeOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const words = message.replace(UUID, '…').replace(MOMENT, '…').split('\n')[0]!;
  return [...(words || name)].slice(0, LONGEST_CAUSE).join('');
}
