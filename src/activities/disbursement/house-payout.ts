import type { DataSource } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import type { Currency } from '../../domain/common/money.ts';
import {
  BATCH_ID_IS_KEPT_MS,
  PayPalError,
  verdictOn,
  type Payout,
  type PayPal,
} from '../../integrations/paypal/index.ts';
import { later } from '../runtime/context.ts';
import {
  hadNoEffect,
  markUnknownIfAmbiguous,
  rethrowForTemporal,
} from '../paypal/paypal-faults.ts';

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** Money that the house sends from its own PayPal balance: to a seller, or in a seller's stead to a buyer. */
export interface HousePayout {
  readonly kind: 'disbursement' | 'refund';
  /** Our id of what it is for: PayPal's report gives it back. */
  readonly id: string;
  readonly senderBatchId: string;
  /** The receiver's PayPal account. */
  readonly receiver: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly note: string;
  /** Since when PayPal may have paid it; null when this is the first request. */
  readonly askedAt: Date | null;
  /** Called when PayPal says that it has not taken the payout on. */
  readonly notTaken?: () => Promise<void>;
}

/** What matters of PayPal's answer, be it to the payout or to a later question about it. */
export type PayoutOutcome =
  | { outcome: 'paid'; payoutId: string; payoutFeeMinor: number }
  | { outcome: 'pending'; payoutId: string; unclaimed: boolean }
  | { outcome: 'failed'; reason: string; retryable: boolean };

/** Pays once: PayPal gives the first payout's answer again for the same batch id. */
export async function payOut(deps: Deps, payout: HousePayout): Promise<PayoutOutcome> {
  await refuseAfterTheKeyHasGone(deps.database, payout);
  const answer = await deps.paypal.payouts
    .pay({ ...payout, senderItemId: payout.id, merchantId: payout.receiver })
    .catch(async (error: unknown) => {
      if (hadNoEffect(error)) await payout.notTaken?.();
      return markUnknownIfAmbiguous(deps.database, payout.kind, payout.id)(error);
    });
  if (answer.outcome === 'accepted') return outcomeOf(answer.payout);
  return { outcome: 'failed', reason: answer.reason, retryable: answer.retryable };
}

/** How a payout that PayPal has taken on stands. */
export const askAboutPayout = (
  { database, paypal }: Deps,
  subjectId: string,
  payoutId: string,
): Promise<PayoutOutcome> =>
  paypal.payouts.get(payoutId).then(outcomeOf, rethrowForTemporal(database, subjectId));

/** A payout that was never answered could be made again after 30 days: a person must look first. */
async function refuseAfterTheKeyHasGone(
  database: DataSource,
  { id, askedAt }: HousePayout,
): Promise<void> {
  if (!askedAt || (await databaseNow(database)) < later(askedAt, BATCH_ID_IS_KEPT_MS)) return;
  const lost = `whether payout ${id} was made 30 days ago is not known: look it up at PayPal`;
  await rethrowForTemporal(
    database,
    id,
  )(new PayPalError('batchPayouts.create', 409, 'PAYOUT_UNKNOWN', 'none', lost));
}

function outcomeOf({ batchId, status, reason, feeMinor }: Payout): PayoutOutcome {
  switch (status) {
    case 'succeeded':
      return { outcome: 'paid', payoutId: batchId, payoutFeeMinor: feeMinor };
    case 'pending':
    case 'unclaimed':
      return { outcome: 'pending', payoutId: batchId, unclaimed: status === 'unclaimed' };
    case 'failed':
      return failed(reason);
  }
}

export const failed = (reason = 'no reason given') =>
  ({ outcome: 'failed', reason, retryable: verdictOn(reason).kind === 'retry' }) as const;
