import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import { workflowIds, type AuctionInput } from './messages.ts';
import { listenForNews } from './news.ts';
import { payment } from './payment.workflow.ts';
import { database } from './proxies.ts';
import { searchAttributes } from './search-attributes.ts';
import { showState } from './show-state.ts';

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

    if (await isPaid(auctionId, offer.offerId)) return showState('paid');
  }
  await database.endUnsold(auctionId, 'nobody_paid');
  return showState('unsold');

  async function isPaid(auctionId: string, offerId: string): Promise<boolean> {
    const opened = await database.openPayment(offerId);
    if (!opened) return false; // The house has withdrawn the offer.
    try {
      return (await paymentOf(auctionId, opened)) === 'captured';
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // An earlier run of ours has started it, and was cut short.
      return (await news.watch(() => database.awaitPayment(opened.paymentId))) === 'paid';
    }
  }
}

type OpenedPayment = NonNullable<Awaited<ReturnType<typeof database.openPayment>>>;

function paymentOf(auctionId: string, { paymentId, sellerId, summary }: OpenedPayment) {
  return executeChild(payment, {
    workflowId: workflowIds.payment(paymentId),
    args: [{ paymentId }],
    // A payment under way outlives whatever ends its parent.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: summary,
    typedSearchAttributes: searchAttributes({ GavelAuction: auctionId, GavelSeller: sellerId }),
  });
}
