import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

/** One bidder's right to buy. The winner's is the first and binding; second chances are asked. */
export const offerLifecycle = defineLifecycle({
  name: 'offer',
  initial: 'extended',
  states: ['extended', 'accepted', 'paid', 'lapsed', 'declined', 'expired', 'withdrawn'],
  edges: [
    // The workflow accepts for the winner, whom the bid already binds.
    { event: 'accept', from: ['extended'], to: 'accepted', by: ['bidder', 'operator', 'workflow'] },
    { event: 'decline', from: ['extended'], to: 'declined', by: ['bidder', 'operator'] },
    { event: 'expire', from: ['extended'], to: 'expired', by: ['workflow'] },
    { event: 'pay', from: ['accepted'], to: 'paid', by: ['workflow'] },
    { event: 'lapse', from: ['accepted'], to: 'lapsed', by: ['workflow'] },
    // The house ends the sale, or this bidder's part in it: also that of one who may not buy any more.
    {
      event: 'withdraw',
      from: ['extended', 'accepted'],
      to: 'withdrawn',
      by: ['operator', 'workflow'],
    },
  ],
});
export type OfferState = StateOf<typeof offerLifecycle>;
