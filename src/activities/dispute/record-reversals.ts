import { In, type DataSource, type EntityManager } from 'typeorm';
import { lockSubject } from '../../database/change-state.ts';
import { openDisbursement, followStops } from '../../services/disbursement/follow-stops.ts';
import { isDisputed } from '../../services/disbursement/hold-facts.ts';
import { explainReversals } from '../../services/disbursement/reversals.ts';
import { Dispute, Refund, type Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { newsOfDispute } from '../../services/paypal/paypal-news.ts';
import { isUnanswered, promisedMinor } from '../../services/refund/promised.ts';
import { sendLater } from '../../database/outbox.ts';
import { UNDECIDED } from '../../domain/dispute/lifecycle.ts';
import { toDecimal } from '../../domain/common/money.ts';
import type { PayPal } from '../../integrations/paypal/index.ts';
import { workflowCause } from '../runtime/context.ts';
import { eachByItself } from '../runtime/each-by-itself.ts';
import { recordLoss } from './record-loss.ts';

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/**
 * What PayPal reports to have taken back from sales, beyond what is recorded as lost: where PayPal has a
 * dispute about it, that is looked at; without one it is recorded as a loss. Gives back the faults of those
 * that failed.
 */
export async function recordReversals({ database, paypal }: Deps, since: Date): Promise<unknown[]> {
  return eachByItself(await paymentsReversed(database, since), async ({ paymentId, captureId }) => {
    const disputes: string[] = [];
    for await (const id of paypal.disputes.aboutTransaction(captureId)) disputes.push(id);
    await database.transaction(async (tx) => {
      const open = await undecided(tx, disputes);
      for (const told of open.flatMap(newsOfDispute)) await sendLater(tx, told);
      if (disputes.length === 0) await recordMissing(tx, paymentId);
    });
  });
}

/** What PayPal has decided has been recorded, as far as there was anything to record. */
async function undecided(tx: EntityManager, paypalDisputeIds: string[]): Promise<string[]> {
  const known = await tx.findBy(Dispute, { paypalDisputeId: In(paypalDisputeIds) });
  const decided = known.filter(({ state }) => !UNDECIDED.includes(state));
  const over = new Set(decided.map(({ paypalDisputeId }) => paypalDisputeId));
  return paypalDisputeIds.filter((id) => !over.has(id));
}

/** What PayPal has taken, net of what it has given back, less what is recorded or repaired. */
const MISSING = `
  SELECT payment.id AS "paymentId", capture_id AS "captureId",
         (-sum(line.amount_minor) - (
            SELECT coalesce(sum(amount_minor - won_back_minor), 0) FROM refund
            WHERE refund.payment_id = payment.id AND refund.state = 'completed'
              AND way = 'refund' AND paypal_refund_id IS NULL))::bigint AS "minor"
  FROM paypal_transaction AS line JOIN payment ON payment.id = line.payment_id
  WHERE event_code IN ('T1106', 'T1201', 'T1202') AND line.status IN ('success', 'reversed')
    AND line.currency = payment.currency AND capture_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM repair JOIN difference ON difference.id = difference_id
                    WHERE subject = 'dispute_loss' AND reference = payment.id::text
                      AND repair.state <> 'withdrawn')`;

interface Missing {
  readonly paymentId: string;
  readonly captureId: string;
  readonly minor: number;
}

async function paymentsReversed(database: DataSource, since: Date): Promise<Missing[]> {
  const found = await database.query<Missing[]>(
    `SELECT * FROM (${MISSING} GROUP BY payment.id
                    HAVING max(line.initiated_at) >= $1) AS found WHERE "minor" > 0`,
    [since],
  );
  return found;
}

/** Of a single payment. */
export async function missingMinor(tx: EntityManager, paymentId: string): Promise<number> {
  const sql = `${MISSING} AND payment.id = $1 GROUP BY payment.id`;
  const [found] = await tx.query<Missing[]>(sql, [paymentId]);
  return found?.minor ?? 0;
}

async function recordMissing(tx: EntityManager, paymentId: string): Promise<void> {
  await openDisbursement(tx, paymentId); // Locked first, as the release does.
  const payment = await lockSubject(tx, 'payment', paymentId);
  const refunds = await tx.findBy(Refund, { paymentId });
  if (refunds.some(isUnanswered) || (await isDisputed(tx, paymentId))) return; // The next poll sees.
  const minor = await missingMinor(tx, paymentId);
  const leftMinor = payment.amountMinor - payment.refundedMinor - promisedMinor(refunds);
  const lostMinor = Math.min(minor, leftMinor);
  if (lostMinor > 0) {
    await recordLoss(tx, payment, { amountMinor: lostMinor, reason: 'taken back by PayPal' });
  }
  if (lostMinor < minor) await tellTooMuch(tx, payment, minor, leftMinor);
  await explainReversals(tx, paymentId, 'recorded');
  const left = await openDisbursement(tx, paymentId);
  if (left) await followStops(tx, left, workflowCause('PayPal has reported what it took back'));
}

function tellTooMuch(
  tx: EntityManager,
  { id, currency }: Payment,
  minor: number,
  leftMinor: number,
): Promise<void> {
  const amount = (of: number) => `${toDecimal(of, currency)} ${currency}`;
  return notify(tx, {
    recipientId: OPERATORS,
    kind: 'refund_unclear',
    subjectId: id,
    cause: `reversal of ${minor}`,
    text: `PayPal reports that it has taken ${amount(minor)} more of payment ${id} than is recorded, and only ${amount(leftMinor)} was left to lose. Look it up at PayPal; the reconciliation offers the repair.`,
  });
}
