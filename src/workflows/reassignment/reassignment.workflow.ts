import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
} from '@temporalio/workflow';
import { workflowIds, type AuctionInput } from '../messages.ts';
import { listenForNews } from '../runtime/news.ts';
import { payment, type PaymentEnd } from '../payment/payment.workflow.ts';
import { database } from '../runtime/proxies.ts';
import { searchAttributes } from '../runtime/search-attributes.ts';
import { showState } from '../runtime/show-state.ts';

/**
 * For the winner, then for each next bidder while the policy allows: extend an offer, await its
 * payment, stop at the first that pays. A second chance waits for an answer; it is never forced.
 */
export async function reassignment({ auctionId }: AuctionInput): Promise<'paid' | 'unsold'> {
  const news = listenForNews();

  for (;;) {
    const offer = await database.extendOffer(auctionId);
    if (!offer) break;
    showState('offered');

    const answer = await news.watch(() => database.awaitAnswer(offer.offerId));
    if (answer !== 'accepted' && answer !== 'paid') continue;

    if ((await paymentOf(auctionId, offer.offerId)) === 'captured') return showState('paid');
  }
  await database.endUnsold(auctionId, 'nobody_paid');
  return showState('unsold');

  async function paymentOf(auctionId: string, offerId: string): Promise<PaymentEnd> {
    const opened = await database.openPayment(offerId);
    if (!opened) return 'withdrawn'; // By the house.
    const { paymentId, sellerId, summary } = opened;
    try {
      return await executeChild(payment, {
        workflowId: workflowIds.payment(paymentId),
        args: [{ paymentId }],
        // A payment under way outlives whatever ends its parent, and whoever cancels it.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        staticSummary: summary,
        typedSearchAttributes: searchAttributes({ GavelAuction: auctionId, GavelSeller: sellerId }),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // It has outlived a run of ours that was cut short.
      const offer = await news.watch(() => database.awaitPayment(paymentId));
      return offer === 'paid' ? 'captured' : 'expired';
    }
  }
}
