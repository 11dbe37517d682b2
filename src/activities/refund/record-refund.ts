import type { EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { Disbursement, Payment, Refund, Seller } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import { heldFor, post } from '../../services/ledger/post-ledger.ts';
import { keepFigure } from '../../services/reconciliation/figures.ts';
import { disbursementLifecycle } from '../../domain/disbursement/lifecycle.ts';
import { isLeaving } from '../../domain/disbursement/may-leave.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import { creditNoteFor } from '../../domain/erp/erp-document.ts';
import { refundPosting } from '../../domain/ledger/ledger.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { refundShares, type RefundShares } from '../../domain/refund/refund-shares.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import { endUnsold } from '../auction/auction.activities.ts';
import { workflowCause } from '../runtime/context.ts';
import { issueDocument, saleOf } from '../erp/issue-document.ts';
import { notify } from '../../database/notices.ts';
import { tellDebt } from './tell-debt.ts';

/** How the money went back: by PayPal's refund, by the house's payout, or taken by PayPal itself. */
interface GivenBack {
  readonly paypalRefundId?: string;
  /** What PayPal says about who paid the refund, when it says so. */
  readonly shares?: { readonly platformFeeMinor: number; readonly paypalFeeMinor: number };
  readonly payoutId?: string;
  /** What PayPal charged the house for its payout. */
  readonly payoutFeeMinor?: number;
  /** Where PayPal has taken it: how much from the seller; all of the seller's part when not known. */
  readonly takenFromSellerMinor?: number;
}

/** Everything that money given back means, in one transaction. Safe to repeat. */
export async function recordRefund(
  tx: EntityManager,
  refundId: string,
  how: GivenBack,
): Promise<void> {
  // The disbursement first, as the release does: one of the two waits for the other.
  const { paymentId } = await tx.findOneByOrFail(Refund, { id: refundId });
  const { id: disbursementId } = await tx.findOneByOrFail(Disbursement, { paymentId });
  const disbursement = await lockSubject(tx, 'disbursement', disbursementId);
  const { changed, row: refund } = await changeState(
    tx,
    'refund',
    refundId,
    'complete',
    workflowCause(),
    {
      paypalRefundId: how.paypalRefundId ?? null,
      payoutBatchId: how.payoutId ?? null,
      completedAt: await databaseNow(tx),
    },
  );
  if (!changed) return;

  const payment = await lockSubject(tx, 'payment', paymentId);
  const refundedMinor = payment.refundedMinor + refund.amountMinor;
  const whole = refundedMinor === payment.amountMinor;
  await tx.update(Payment, { id: payment.id }, { refundedMinor });
  const late = payment.state === 'returning'; // It stays so until all has gone back.
  if (whole || !late) {
    const event = whole ? 'refundWhole' : 'refundPart';
    await changeState(tx, 'payment', payment.id, event, workflowCause(refund.reason));
  }

  const part = { refundMinor: refund.amountMinor, refundedBeforeMinor: payment.refundedMinor };
  const beingPaidOut = isBeingPaidOutByHouse(disbursement);
  const held = beingPaidOut
    ? NOTHING_HELD
    : await heldFor(tx, payment.auctionId, payment.sellerId, paymentId);
  const shares = refundShares(payment, part);
  const { isHouse } = await tx.findOneByOrFail(Seller, { id: payment.sellerId });
  const paidForSellerMinor = isHouse ? 0 : paidForSeller(payment, refund, shares, how);
  const { payoutFeeMinor } = how;
  const posting = refundPosting(
    { ...payment, ...part, refundId, paidForSellerMinor, payoutFeeMinor },
    held,
  );
  await post(tx, posting);
  if (how.shares && payment.heldBy === 'paypal') {
    const ownMinor = refund.amountMinor - shares.sellerMinor;
    const { platformFeeMinor, paypalFeeMinor } = how.shares;
    const figure = { reference: refundId, saidMinor: platformFeeMinor, expectedMinor: ownMinor };
    await keepFigure(tx, payment, { ...figure, subject: 'refund_platform_fee' });
    await keepFigure(tx, payment, {
      ...figure,
      subject: 'refund_paypal_fee',
      saidMinor: paypalFeeMinor,
      expectedMinor: 0, // PayPal keeps it, as a rule.
    });
  }
  await tellDebt(tx, refund, payment, posting, shares);
  await issueDocument(
    tx,
    'credit_note',
    refundId,
    creditNoteFor(await saleOf(tx, payment), {
      refundId,
      amountMinor: refund.amountMinor,
      premiumTaxMinor: shares.premiumTaxMinor,
    }),
    payment,
  );
  await notify(tx, {
    recipientId: payment.bidderId,
    kind: 'refunded',
    subjectId: refundId,
    text: `${toDecimal(refund.amountMinor, refund.currency)} ${refund.currency} went back to you${refund.way === 'payout' ? ', from our own PayPal account' : ''}: ${refund.reason}`,
  });
  if (!beingPaidOut) await tellDisbursement(tx, refund, { whole, late });
}

const NOTHING_HELD = { sellerMinor: 0, houseMinor: 0, premiumTaxMinor: 0 };

/**
 * A dispute may be lost while the seller has yet to accept the house's payout. What that pays is fixed, so
 * the loss is owed; should the payout fail, the next one is smaller by what is owed.
 */
const isBeingPaidOutByHouse = ({ heldBy, state }: Disbursement): boolean =>
  heldBy === 'house' && isLeaving(state);

/** How much of the seller's part the house has paid, unless it was held. */
function paidForSeller(
  { heldBy }: Payment,
  { way }: Refund,
  { sellerMinor }: RefundShares,
  { takenFromSellerMinor = sellerMinor }: GivenBack,
): number {
  if (heldBy === 'house' || way === 'payout') return sellerMinor;
  return Math.max(0, sellerMinor - takenFromSellerMinor);
}

/**
 * A sale whose money went back whole is undone, unless the piece had gone on before the money came;
 * otherwise the release goes on with the rest.
 */
async function tellDisbursement(
  tx: EntityManager,
  refund: Refund,
  { whole, late }: { whole: boolean; late: boolean },
): Promise<void> {
  const disbursement = await tx.findOneByOrFail(Disbursement, { paymentId: refund.paymentId });
  if (whole && !isFinal(disbursementLifecycle, disbursement.state)) {
    const why = workflowCause('the buyer was refunded');
    await changeState(tx, 'disbursement', disbursement.id, 'cancel', why);
    if (!late) await endUnsold(tx, refund.auctionId, 'refunded');
  }
  await sendLater(tx, lookAgain(workflowIds.disbursement(disbursement.id)));
}
