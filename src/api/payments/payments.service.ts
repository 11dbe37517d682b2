import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, In, Not, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import {
  changeState,
  ChangeRefused,
  declareCause,
  lockSubject,
} from '../../database/change-state.ts';
import { Disbursement, Dispute, Payment, Refund } from '../../database/entities/index.ts';
import { lockRefund } from '../../services/refund/lock-refund.ts';
import { sendLater } from '../../database/outbox.ts';
import { startOfRefund } from '../../services/paypal/paypal-news.ts';
import { recordIntervention } from '../../database/record-intervention.ts';
import { UNDECIDED } from '../../domain/dispute/lifecycle.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import { refundLifecycle } from '../../domain/refund/lifecycle.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { BATCH_ID_IS_KEPT_MS } from '../../integrations/paypal/index.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import type { Access } from '../http/access.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { notFound, Problem } from '../http/problem.ts';
import { viewersOf } from '../http/views/views.ts';
import {
  REFUND_VIEWS,
  viewPayment,
  viewRefund,
  type PaymentQuery,
  type PaymentView,
  type RefundView,
  type RequestRefund,
} from './payments.schemas.ts';

@Injectable()
export class PaymentsService {
  constructor(private readonly database: DataSource) {}

  async get(access: Access, id: string): Promise<Partial<PaymentView>> {
    return viewPayment(await this.readable(access, id), access);
  }

  list(access: Access, { auctionId, sellerId, state, ...page }: PaymentQuery) {
    const asked = given({ auctionId, sellerId, state });
    const where = ownOf(access)
      .filter((own) => !sellerId || !own.sellerId || own.sellerId === sellerId)
      .map((own) => ({ ...asked, ...own }) as FindOptionsWhere<Payment>);
    const view = (payment: Payment) => viewPayment(payment, access);
    return pageOfRows(this.database.manager, Payment, where, page, view);
  }

  async refunds(access: Access, id: string): Promise<{ items: Partial<RefundView>[] }> {
    const viewers = viewersOf(access, await this.readable(access, id));
    const refunds = await this.database.manager.find(Refund, {
      where: { paymentId: id },
      order: { id: 'ASC' },
    });
    return { items: refunds.map((refund) => REFUND_VIEWS.of(viewers, viewRefund(refund))) };
  }

  /** Asks for money to go back; a workflow sees it through. Equal refunds are distinct by their key. */
  async refund(
    { tx, cause, correlationId }: Change,
    id: string,
    wanted: RequestRefund,
  ): Promise<RefundView> {
    // The disbursement first, as a release does: from here on one waits for the other.
    const disbursement = await tx.findOneBy(Disbursement, { paymentId: id });
    if (disbursement) await lockSubject(tx, 'disbursement', disbursement.id);
    const payment = await lockSubject(tx, 'payment', id);
    mustBeForAnother(cause().actorId, payment.bidderId);
    if (!payment.capturedAt || payment.state === 'refunded') {
      throw new Problem(
        409,
        'state_conflict',
        `A payment that is ${payment.state} has nothing to refund.`,
        {
          state: payment.state,
        },
      );
    }
    const disputed = await tx.findOneBy(Dispute, { paymentId: id, state: In([...UNDECIDED]) });
    if (disputed) refuseWhileDisputed(disputed, wanted);
    const open = await tx.sum(Refund, 'amountMinor', {
      paymentId: id,
      state: Not(In(['completed', 'failed'])),
    });
    const leftMinor = payment.amountMinor - payment.refundedMinor - Number(open ?? 0);
    const amountMinor = wanted.amountMinor ?? leftMinor;
    if (amountMinor > leftMinor || amountMinor <= 0) {
      throw new Problem(
        422,
        'refund_too_large',
        `At most ${toDecimal(leftMinor, payment.currency)} ${payment.currency} can still be refunded.`,
        { largestRefundMinor: leftMinor },
      );
    }
    await declareCause(tx, cause(wanted.reason));
    const { identifiers } = await tx.insert(Refund, {
      paymentId: id,
      auctionId: payment.auctionId,
      currency: payment.currency,
      amountMinor,
      reason: wanted.reason,
    });
    const refundId = identifiers[0]!.id as string;
    await sendLater(tx, startOfRefund(payment, refundId, amountMinor), correlationId);
    if (disbursement) {
      await sendLater(tx, lookAgain(workflowIds.disbursement(disbursement.id)), correlationId);
    }
    return viewRefund(await tx.findOneByOrFail(Refund, { id: refundId }));
  }

  /**
   * Ends a refund that is stuck; another may then be asked for. What PayPal may have is looked for there
   * first: the refund ends as given up when PayPal does not have it.
   */
  async giveUp(
    { tx, cause, correlationId }: Change,
    which: { id: string; paymentId: string },
    reason: string,
  ): Promise<RefundView> {
    const { id } = which;
    await mustConcernOthers(tx, which, cause().actorId);
    const { refund, disbursement } = await lockRefund(tx, id);
    refuseWhatPayPalMayPay(refund, await databaseNow(tx));
    if (mayBeAtPayPal(refund)) {
      await tx.update(Refund, { id }, { giveUpReason: reason });
      await recordIntervention(tx, 'refund', refund, 'give up unless at PayPal', cause(reason));
      await tryNow(tx, refund, correlationId);
      return viewRefund(await tx.findOneByOrFail(Refund, { id }));
    }
    const { row } = await changeState(tx, 'refund', id, 'giveUp', cause(reason), {
      failureReason: reason,
      completedAt: await databaseNow(tx),
    });
    await sendLater(tx, lookAgain(workflowIds.refund(id)), correlationId);
    if (disbursement) {
      await sendLater(tx, lookAgain(workflowIds.disbursement(disbursement.id)), correlationId);
    }
    return viewRefund(row);
  }

  /** Has a refund that is stuck tried at once, by a workflow of its own: the one before may have died. */
  async retryRefund(
    { tx, cause, correlationId }: Change,
    which: { id: string; paymentId: string },
    reason: string,
  ): Promise<RefundView> {
    await mustConcernOthers(tx, which, cause().actorId);
    const { refund } = await lockRefund(tx, which.id);
    const { id, state } = refund;
    if (isFinal(refundLifecycle, state)) {
      const why = `A refund that is ${state} is over: ask for another.`;
      throw new ChangeRefused('refund', id, state, why);
    }
    await tx.update(Refund, { id }, { giveUpReason: null });
    await recordIntervention(tx, 'refund', refund, 'retry', cause(reason));
    await tryNow(tx, refund, correlationId);
    return viewRefund(await tx.findOneByOrFail(Refund, { id }));
  }

  private async readable(access: Access, id: string): Promise<Payment> {
    const payment = await this.database.manager.findOneBy(
      Payment,
      ownOf(access).map((own) => ({ id, ...own })),
    );
    if (!payment) throw notFound('payment', id);
    return payment;
  }
}

/** Neither who gets a refund nor who pays it decides what becomes of it. Throws a Problem. */
async function mustConcernOthers(
  tx: EntityManager,
  which: { id: string; paymentId: string },
  actorId: string,
): Promise<void> {
  if (!(await tx.existsBy(Refund, which))) throw notFound('refund', which.id);
  const payment = await tx.findOneByOrFail(Payment, { id: which.paymentId });
  mustBeForAnother(actorId, payment.bidderId);
  mustBeForAnother(actorId, payment.sellerId);
}

/** What PayPal would refuse while a dispute is open, said at once and with the reason. */
function refuseWhileDisputed({ id, stage }: Dispute, { amountMinor }: RequestRefund): void {
  const inquiry = stage === null || stage === 'INQUIRY';
  if (inquiry && amountMinor === undefined) return;
  throw new Problem(
    409,
    'payment_disputed',
    inquiry
      ? 'The buyer disputes this payment: PayPal refunds only the whole of it until the dispute ends.'
      : "The buyer's bank decides about this payment: PayPal refunds nothing until it has.",
    { disputeId: id },
  );
}

/** PayPal may have had the request for it, so that only asking can tell. */
const mayBeAtPayPal = ({ way, state }: Refund): boolean =>
  way === 'refund' && (state === 'sending' || state === 'unknown');

async function tryNow(tx: EntityManager, refund: Refund, correlationId: string): Promise<void> {
  const payment = await tx.findOneByOrFail(Payment, { id: refund.paymentId });
  const start = startOfRefund(payment, refund.id, refund.amountMinor);
  await sendLater(
    tx,
    { ...start, workflowId: `${start.workflowId}:${randomUUID()}` },
    correlationId,
  );
}

/** What PayPal still answers for is not a person's to end: for as long as it knows the payout by our id. */
function refuseWhatPayPalMayPay(
  { way, state, paypalRefundId, payoutBatchId, payoutAskedAt }: Refund,
  now: Date,
): void {
  if (isFinal(refundLifecycle, state)) return;
  const refuse = (why: string) => {
    throw new Problem(409, 'state_conflict', why, { state });
  };
  if (way === 'refund' && paypalRefundId) {
    refuse(`PayPal has refund ${paypalRefundId} for it, which ends by itself.`);
  }
  if (payoutBatchId) refuse(`PayPal has payout ${payoutBatchId} for it, which ends by itself.`);
  if (!payoutAskedAt) return;
  const askedUntil = new Date(payoutAskedAt.getTime() + BATCH_ID_IS_KEPT_MS);
  if (now < askedUntil) {
    refuse(`PayPal may have paid it, and is asked until ${askedUntil.toISOString()}.`);
  }
}

/** Bidders read their purchases, sellers their sales, and who is both reads both; not somebody else's. */
function ownOf({ id, roles, seesAll }: Access): { bidderId?: string; sellerId?: string }[] {
  if (seesAll) return [{}];
  return [
    ...(roles.includes('bidder') ? [{ bidderId: id }] : []),
    ...(roles.includes('seller') ? [{ sellerId: id }] : []),
  ];
}
