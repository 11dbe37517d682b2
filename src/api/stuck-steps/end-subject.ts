import { In } from 'typeorm';
import { changeState } from '../../database/change-state.ts';
import { Offer, Payment, Refund, type StuckStep } from '../../database/entities/index.ts';
import type { Change } from '../http/change.ts';
import { Problem } from '../http/problem.ts';

/** Their subjects say themselves that they have failed, and can be asked for again. */
const LOSE_NOTHING = [
  'report',
  'scheduledReport',
  'reconciliation',
  'dailyReconciliation',
  'pollDisputes',
  'pollTransactions',
];

/**
 * What ending a step means for what its workflow is about. Refused, with the way to take instead, where
 * money would be left without anybody who sees to it.
 */
export async function endSubject(change: Change, row: StuckStep, reason: string): Promise<void> {
  if (LOSE_NOTHING.includes(row.workflowType)) return;
  const subjectId = row.workflowId.slice(row.workflowId.indexOf(':') + 1);
  if (row.workflowType === 'reassignment') return endSale(change, subjectId, reason);
  throw refusal(await wayInstead(change, row.workflowType, subjectId));
}

/** An auction for which no offer stands is unsold; an offer that stands may be about to be paid. */
async function endSale({ tx, cause }: Change, auctionId: string, reason: string): Promise<void> {
  const state = In(['extended', 'accepted', 'paid']);
  const standing = await tx.findOneBy(Offer, { auctionId, state });
  if (standing) {
    throw refusal(`An offer stands: end the sale with POST /v1/offers/${standing.id}/withdraw.`);
  }
  await changeState(tx, 'auction', auctionId, 'endUnsold', cause(reason), {
    unsoldReason: 'ended_by_house',
  });
}

async function wayInstead({ tx }: Change, workflowType: string, id: string): Promise<string> {
  switch (workflowType) {
    case 'auction':
      return `Cancel the auction: POST /v1/auctions/${id}/cancel.`;
    case 'payment': {
      const payment = await tx.findOneBy(Payment, { id });
      return `The buyer may be paying: end the sale with POST /v1/offers/${payment?.offerId}/withdraw.`;
    }
    case 'refund': {
      const refund = await tx.findOneBy(Refund, { id });
      return `The buyer awaits money: POST /v1/payments/${refund?.paymentId}/refunds/${id}/give-up.`;
    }
    case 'disbursement':
      return `Money is held: release it (POST /v1/disbursements/${id}/release), or refund its payment.`;
    case 'dispute':
      return 'It keeps disputed money blocked, and ends when the dispute has ended at PayPal.';
    case 'erpSync':
      return `The books need the document: POST /v1/erp-documents/${id}/correct, or …/send-again.`;
    default:
      return 'Money may hang on it: mend the cause, then retry it.';
  }
}

const refusal = (way: string) => new Problem(409, 'not_to_be_ended', way);
