import { ApplicationFailure } from '@temporalio/common';
import type { DataSource } from 'typeorm';
import { changeState } from '../database/change-state.ts';
import { PayPalError, PayPalUnreachable } from '../integrations/paypal/index.ts';
import { workflowCause } from './context.ts';

/** PayPal's fault and ours: which of them another attempt can cure. */
export function rethrowForTemporal(error: unknown): never {
  if (error instanceof PayPalError && !error.transient) {
    // It will not go away by itself, yet a person may mend it (an account, a permission, a setting):
    // the workflow stays, visibly failing, and is tried again seldom.
    throw ApplicationFailure.create({
      message: error.message,
      type: 'PayPalRefused',
      nextRetryDelay: '10 minutes',
      details: [{ status: error.status, issue: error.issue, debugId: error.debugId }],
    });
  }
  throw error;
}

/**
 * A call whose answer was lost may have moved money. The subject becomes `unknown`, where people can
 * see it; the next attempt asks PayPal before it does anything.
 */
export const markUnknownIfAmbiguous =
  (database: DataSource, kind: 'payment' | 'disbursement' | 'refund', id: string) =>
  async (error: unknown): Promise<never> => {
    const ambiguous =
      (error instanceof PayPalError || error instanceof PayPalUnreachable) && error.ambiguous;
    if (ambiguous) {
      const why = workflowCause(error.message);
      await database.transaction((tx) => changeState(tx, kind, id, 'loseSight', why));
    }
    return rethrowForTemporal(error);
  };
