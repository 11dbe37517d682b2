import { ApplicationFailure } from '@temporalio/common';
import type { DataSource, EntityManager } from 'typeorm';
import { changeState } from '../../database/change-state.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import {
  PayPalError,
  PayPalUnreachable,
  verdictOn,
  type RefusedOutcome,
} from '../../integrations/paypal/index.ts';
import { workflowCause } from '../runtime/context.ts';

/**
 * PayPal's fault and ours: which of them another attempt can cure. What a person must mend is told to
 * the operators, once per cause; the workflow stays, visibly failing, and is tried again seldom.
 */
export const rethrowForTemporal =
  (database: DataSource, subjectId: string) =>
  async (error: unknown): Promise<never> => {
    const alarm = alarmIn(error);
    if (!alarm) throw error;
    return alarmOperators(database, subjectId, alarm);
  };

/**
 * A call whose answer was lost may have moved money. The subject becomes `unknown`, where people can
 * see it; the next attempt asks PayPal before it does anything.
 */
export const markUnknownIfAmbiguous =
  (database: DataSource, kind: 'payment' | 'disbursement' | 'refund', id: string) =>
  async (error: unknown): Promise<never> => {
    if (isFault(error) && error.ambiguous) {
      const why = workflowCause(error.message);
      await database.transaction((tx) => changeState(tx, kind, id, 'loseSight', why));
    }
    return rethrowForTemporal(database, id)(error);
  };

const isFault = (error: unknown): error is PayPalError | PayPalUnreachable =>
  error instanceof PayPalError || error instanceof PayPalUnreachable;

/** PayPal says so, or cannot have had the request. */
export const hadNoEffect = (error: unknown): boolean => isFault(error) && !error.ambiguous;

/** PayPal refuses for a reason that is not the buyer's: whoever can mend it is told, once per cause. */
export async function alertRefusal(
  tx: EntityManager,
  subjectId: string,
  sellerId: string,
  { issue, reason, audience }: Pick<RefusedOutcome, 'issue' | 'reason' | 'audience'>,
): Promise<void> {
  await alert(tx, subjectId, { issue, text: `PayPal refuses: ${issue}. ${reason}` });
  if (audience !== 'seller') return;
  await notify(tx, {
    recipientId: sellerId,
    kind: 'paypal_refuses',
    subjectId,
    cause: issue,
    text: `A sale of yours waits: ${reason} Please see to it at PayPal.`,
  });
}

/** What only a person can mend is told to the operators, once per cause, and the attempt fails. */
export async function alarmOperators(
  database: DataSource,
  subjectId: string,
  alarm: Alarm,
): Promise<never> {
  await alert(database.manager, subjectId, alarm);
  throw tryAgainSeldom(alarm.text, alarm.issue);
}
/** The type of a failure about whose subject operators have been told. */
export const PAYPAL_REFUSED = 'PayPalRefused';

/** Fails an attempt that only a person, or hours, can make succeed: it is made again, seldom. */
export const tryAgainSeldom = (message: string, issue: string): ApplicationFailure =>
  ApplicationFailure.create({
    message,
    type: PAYPAL_REFUSED,
    nextRetryDelay: '10 minutes',
    details: [{ issue }],
  });

interface Alarm {
  readonly issue: string;
  readonly text: string;
}

async function alert(tx: EntityManager, subjectId: string, alarm: Alarm): Promise<void> {
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'paypal_refuses',
    subjectId,
    cause: alarm.issue,
    text: `${alarm.text} It is tried again every 10 minutes.`,
  });
}

function alarmIn(error: unknown): Alarm | undefined {
  // That PayPal is away or does not accept our credentials is no subject's: it is told once for all.
  if (!(error instanceof PayPalError) || error.transient) return undefined;
  return alarmOf(error.issue, error.message);
}

function alarmOf(issue: string, message: string): Alarm {
  const verdict = verdictOn(issue);
  const advice = 'sentence' in verdict ? verdict.sentence : '';
  return { issue, text: `${message}. ${advice}` };
}
