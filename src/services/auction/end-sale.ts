import { In, type EntityManager } from 'typeorm';
import { toDecimal } from '../../domain/common/money.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import {
  changeState,
  ChangeRefused,
  lockSubject,
  type Cause,
} from '../../database/change-state.ts';
import { Offer, Payment } from '../../database/entities/index.ts';
import { askOnceMore } from '../payment/late-payment.ts';
import { notify } from '../../database/notices.ts';
import { sendLater } from '../../database/outbox.ts';
import { recordIntervention } from '../../database/record-intervention.ts';

export interface Ending {
  readonly cause: Cause;
  /** Whether the piece goes on to the next bidder; else it stays unsold. */
  readonly next: boolean;
}

/**
 * Ends a sale that nobody has paid, whatever it waits for. PayPal need not answer for that: money that
 * comes by an order which was open goes back by itself. Only what PayPal may be taking just now is asked
 * about first: `onceUncaptured` has the sale end should it turn out that nothing was taken.
 *
 * Throws ChangeRefused where there is nothing to end, or not now.
 */
export async function endSale(
  tx: EntityManager,
  auctionId: string,
  ending: Ending & { readonly onceUncaptured: boolean },
  /** Nothing is done unless this is the offer that stands. */
  offerId?: string,
): Promise<void> {
  const state = In(['extended', 'accepted', 'paid']);
  const found = await tx.findOneBy(Offer, { auctionId, state });
  const paying = found && (await tx.findOneBy(Payment, { offerId: found.id }));
  // The payment first, then the offer, then the auction: as whoever records an outcome does.
  const payment = paying && (await lockSubject(tx, 'payment', paying.id));
  const offer = found && (await lockSubject(tx, 'offer', found.id));
  const auction = await lockSubject(tx, 'auction', auctionId);
  const openedMeanwhile = offer && !payment && (await tx.existsBy(Payment, { offerId: offer.id }));
  const refuse = (why: string) => {
    throw new ChangeRefused('auction', auctionId, auction.state, why);
  };
  if (offerId && offer?.id !== offerId) refuse('That offer does not stand any more.');
  if (auction.state !== 'awarded') refuse(`A sale that is ${auction.state} cannot be ended.`);
  if (openedMeanwhile) refuse('The payment for it has just been opened: send this again.');
  if (offer?.state === 'paid') refuse('The buyer has paid: refund the payment instead.');
  if (payment) return endPayment(tx, payment, ending);
  if (offer) return endOffer(tx, offer, ending);
  if (ending.next) refuse('No offer stands: the next bidder, if there is one, is being asked.');
  await finish(tx, auctionId, ending);
}

async function endPayment(
  tx: EntityManager,
  payment: Payment,
  { onceUncaptured, ...ending }: Ending & { readonly onceUncaptured: boolean },
): Promise<void> {
  const { id, state } = payment;
  if (state !== 'capturing' && state !== 'unknown') return endUnpaid(tx, payment, ending);
  const { cause, next } = ending;
  if (!onceUncaptured) {
    const why = `PayPal may be taking the money, and is being asked: payment ${id} is ${state}. Send onceUncaptured: true to have the sale end should nothing have been taken; or wait, and refund it if it is captured.`;
    throw new ChangeRefused('payment', id, state, why);
  }
  await tx.update(Payment, { id }, { endReason: cause.reason ?? 'ended', endNext: next });
  await recordIntervention(tx, 'payment', payment, 'end once uncaptured', cause);
  await sendLater(tx, lookAgain(workflowIds.payment(id)), cause.correlationId);
}

/** Ends a payment of which PayPal has taken nothing, with its offer. The payment is locked. */
export async function endUnpaid(
  tx: EntityManager,
  payment: Payment,
  ending: Ending,
): Promise<void> {
  const { id, offerId, amountMinor, currency, bidderId } = payment;
  const { cause } = ending;
  const ended = { recoveryMinor: 0, pendingReason: null };
  await changeState(tx, 'payment', id, 'withdraw', cause, ended);
  await askOnceMore(tx, payment, cause.correlationId);
  await sendLater(tx, lookAgain(workflowIds.payment(id)), cause.correlationId);
  await notify(tx, {
    recipientId: bidderId,
    kind: 'sale_ended',
    subjectId: id,
    text: `Payment is not possible at present, so the sale to you is over: you need not pay ${toDecimal(amountMinor, currency)} ${currency}. That is no fault of yours. Should you have paid, the money goes back to you.`,
  });
  await endOffer(tx, await tx.findOneByOrFail(Offer, { id: offerId }), ending);
}

async function endOffer(tx: EntityManager, offer: Offer, ending: Ending): Promise<void> {
  const { id, auctionId, bidderId, state } = offer;
  await changeState(tx, 'offer', id, 'withdraw', ending.cause);
  if (state === 'extended') {
    await notify(tx, {
      recipientId: bidderId,
      kind: 'sale_ended',
      subjectId: id,
      text: 'The piece is not offered to you any more.',
    });
  }
  await finish(tx, auctionId, ending);
}

async function finish(
  tx: EntityManager,
  auctionId: string,
  { cause, next }: Ending,
): Promise<void> {
  const { sellerId } = await lockSubject(tx, 'auction', auctionId);
  if (!next) {
    const unsoldReason = 'ended_by_house';
    await changeState(tx, 'auction', auctionId, 'endUnsold', cause, { unsoldReason });
    await notify(tx, {
      recipientId: sellerId,
      kind: 'sale_ended',
      subjectId: auctionId,
      text: `The house has ended sale ${auctionId}, which nobody has paid: the piece is unsold.`,
    });
  }
  await sendLater(tx, lookAgain(workflowIds.reassignment(auctionId)), cause.correlationId);
}
