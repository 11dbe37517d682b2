import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState } from '../../database/change-state.ts';
import { Auction, Disbursement, Payment, Refund, Seller } from '../../database/entities/index.ts';
import { isDisputed } from '../../services/disbursement/hold-facts.ts';
import { lockRefund } from '../../services/refund/lock-refund.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { sendLater } from '../../database/outbox.ts';
import { promisedMinor } from '../../services/refund/promised.ts';
import { disbursementLifecycle } from '../../domain/disbursement/lifecycle.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import { refundLifecycle } from '../../domain/refund/lifecycle.ts';
import type { PayPal } from '../../integrations/paypal/index.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import { policyOf, workflowCause } from '../runtime/context.ts';
import { askAboutPayout, payOut, type PayoutOutcome } from '../disbursement/house-payout.ts';
import { rethrowForTemporal } from '../paypal/paypal-faults.ts';

// PayPal takes a refund after the release from the seller. A seller who cannot pay it must not be the
// buyer's misfortune: the house pays the buyer, and the seller owes it.

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** The codes with which PayPal says that the seller's account does not give the money. */
const SELLER_CANNOT_PAY = new Set([
  'REFUND_FAILED_INSUFFICIENT_FUNDS',
  'PAYEE_ACCOUNT_LOCKED_OR_CLOSED',
  'PAYEE_ACCOUNT_RESTRICTED',
]);

/** Moves a refund that PayPal has refused to the house, if that is its to pay; and says whether it did. */
export async function stepIn(
  tx: EntityManager,
  refundId: string,
  { issue, reason }: { issue: string; reason: string },
): Promise<boolean> {
  if (!SELLER_CANNOT_PAY.has(issue)) return false;
  const refund = await tx.findOneByOrFail(Refund, { id: refundId });
  if (!(await isForHouse(tx, refund))) return false;
  const set = { way: 'payout' } as const;
  const { changed } = await changeState(
    tx,
    'refund',
    refundId,
    'stepIn',
    workflowCause(issue),
    set,
  );
  if (!changed) return true;
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'house_refunds',
    subjectId: refundId,
    text: `${reason} The house pays the buyer in the seller's stead, and the seller will owe it.`,
  });
  await sendLater(tx, lookAgain(workflowIds.refund(refundId)));
  return true;
}

/**
 * Only what PayPal has paid out can be lacking. While a dispute is open, PayPal may yet pay the buyer; what
 * it has paid by one is not paid again.
 */
async function isForHouse(tx: EntityManager, { paymentId, amountMinor }: Refund): Promise<boolean> {
  const payment = await tx.findOneByOrFail(Payment, { id: paymentId });
  const { isHouse } = await tx.findOneByOrFail(Seller, { id: payment.sellerId });
  const auction = await tx.findOneByOrFail(Auction, { id: payment.auctionId });
  const { whenSellerCannotRefund } = await policyOf(tx, auction);
  const { state } = await tx.findOneByOrFail(Disbursement, { paymentId });
  const promised = promisedMinor(await tx.findBy(Refund, { paymentId }));
  return (
    whenSellerCannotRefund === 'housePays' &&
    payment.heldBy === 'paypal' &&
    !isHouse &&
    isFinal(disbursementLifecycle, state) &&
    amountMinor <= payment.amountMinor - payment.refundedMinor - promised &&
    !(await isDisputed(tx, paymentId))
  );
}

/** Pays the buyer, once; or asks how the payout stands that PayPal has taken on. */
export async function payBuyer(deps: Deps, refund: Refund): Promise<PayoutOutcome> {
  const { id, payoutBatchId, amountMinor, currency, auctionId } = refund;
  if (payoutBatchId) return askAboutPayout(deps, id, payoutBatchId);
  const receiver = await payerOf(deps, refund);
  if (!receiver) {
    return { outcome: 'failed', reason: 'PayPal does not say who has paid', retryable: false };
  }
  const asked = await deps.database.transaction((tx) => noteAsked(tx, id));
  if (!asked) return { outcome: 'failed', reason: TOO_LATE, retryable: false };
  return payOut(deps, {
    kind: 'refund',
    id,
    senderBatchId: `refund:${id}`,
    receiver,
    amountMinor,
    currency,
    note: `Refund of sale ${auctionId}`,
    askedAt: asked.before,
    notTaken: async () => {
      if (!asked.before) await forgetAsked(deps.database, id);
    },
  });
}

const TOO_LATE =
  'a dispute is open by which PayPal may pay the buyer, or the buyer has had the money otherwise';

/**
 * Notes that PayPal is asked to pay, and says since when it may have paid already. What it has not been
 * asked for yet may have waited for days: undefined when it is the house's to pay no longer.
 */
async function noteAsked(
  tx: EntityManager,
  refundId: string,
): Promise<{ before: Date | null } | undefined> {
  const { refund } = await lockRefund(tx, refundId);
  const { state, payoutAskedAt: before } = refund;
  if (isFinal(refundLifecycle, state)) return undefined;
  if (before) return { before };
  if (!(await isForHouse(tx, refund))) return undefined;
  await tx.update(Refund, { id: refundId }, { payoutAskedAt: await databaseNow(tx) });
  return { before };
}

/** PayPal has refused, so that nothing is paid; unless another attempt has lost sight of it meanwhile. */
const forgetAsked = (database: DataSource, id: string) =>
  database.manager.update(
    Refund,
    { id, state: 'paying', payoutBatchId: IsNull() },
    { payoutAskedAt: null },
  );

/** The account that paid. It is the buyer's own business: it goes to PayPal, and nowhere else. */
async function payerOf({ database, paypal }: Deps, { id, paymentId }: Refund) {
  const { payerId, paypalOrderId } = await database.manager.findOneOrFail(Payment, {
    where: { id: paymentId },
    select: { id: true, payerId: true, paypalOrderId: true },
  });
  // A payment that was approved before Gavel kept this.
  if (payerId || !paypalOrderId) return payerId;
  const order = await paypal.orders.get(paypalOrderId).catch(rethrowForTemporal(database, id));
  return order.payerId;
}

/** PayPal has taken the payout on; a buyer who must accept it is told. */
export async function recordPending(
  tx: EntityManager,
  refundId: string,
  { payoutId, unclaimed }: Extract<PayoutOutcome, { outcome: 'pending' }>,
): Promise<void> {
  await tx.update(Refund, { id: refundId }, { payoutBatchId: payoutId });
  if (!unclaimed) return;
  const { paymentId } = await tx.findOneByOrFail(Refund, { id: refundId });
  const { bidderId } = await tx.findOneByOrFail(Payment, { id: paymentId });
  const notice = { kind: 'payout_unclaimed', subjectId: refundId } as const;
  await notify(tx, {
    ...notice,
    recipientId: bidderId,
    text: 'Your refund is waiting at PayPal: accept it there within 30 days.',
  });
  await notify(tx, {
    ...notice,
    recipientId: OPERATORS,
    text: `Buyer ${bidderId} has not accepted the refund that the house pays. It comes back after 30 days, and has then failed.`,
  });
}
