import type { EntityManager } from 'typeorm';
import { passOver } from '../../services/eligibility/pass-over.ts';
import { whyMayNotBuy } from '../../services/eligibility/read-buyers.ts';
import { changeState } from '../../database/change-state.ts';
import { endUnpaid } from '../../services/auction/end-sale.ts';
import { Auction, type Offer, type Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { EXPLAINED, type Ineligibility } from '../../domain/eligibility/may-buy.ts';
import { workflowCause } from '../runtime/context.ts';

/**
 * The house takes back an offer to somebody who may not buy any more, and says whether it has: no fault
 * of a bidder who has not paid yet, so it is not counted as one.
 */
export async function withdrawIfExcluded(tx: EntityManager, offer: Offer): Promise<boolean> {
  const reason = await whyExcludedNow(tx, offer);
  if (!reason) return false;
  await changeState(tx, 'offer', offer.id, 'withdraw', workflowCause(EXPLAINED[reason]));
  await recordExclusion(tx, offer.id, offer, reason);
  return true;
}

/** The same of an offer that is to be paid: the payment ends with it. What is captured stands. */
export async function endPaymentIfExcluded(tx: EntityManager, payment: Payment): Promise<boolean> {
  const reason = await whyExcludedNow(tx, payment);
  if (!reason) return false;
  await endUnpaid(tx, payment, { cause: workflowCause(EXPLAINED[reason]), next: true });
  await recordExclusion(tx, payment.offerId, payment, reason);
  return true;
}

async function whyExcludedNow(
  tx: EntityManager,
  { auctionId, bidderId }: Pick<Offer, 'auctionId' | 'bidderId'>,
): Promise<Ineligibility | undefined> {
  return whyMayNotBuy(tx, await tx.findOneByOrFail(Auction, { id: auctionId }), bidderId);
}

async function recordExclusion(
  tx: EntityManager,
  offerId: string,
  { auctionId, bidderId }: Pick<Offer, 'auctionId' | 'bidderId'>,
  reason: Ineligibility,
): Promise<void> {
  await passOver(tx, { auctionId, bidderId, reason });
  const notice = { subjectId: offerId, text: `${EXPLAINED[reason]} The offer is withdrawn.` };
  await notify(tx, { ...notice, recipientId: bidderId, kind: 'offer_withdrawn' });
  await notify(tx, {
    ...notice,
    recipientId: OPERATORS,
    kind: 'buyer_passed_over',
    text: `${bidderId} may not buy any more. ${EXPLAINED[reason]} The piece goes to the next bidder.`,
  });
}
