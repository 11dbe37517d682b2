import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

export const auctionLifecycle = defineLifecycle({
  name: 'auction',
  initial: 'draft',
  states: [
    'draft',
    'scheduled',
    'open',
    'paused',
    'closed',
    'awarded',
    'settled',
    'unsold',
    'cancelled',
  ],
  edges: [
    { event: 'publish', from: ['draft'], to: 'scheduled', by: ['operator', 'seller'] },
    { event: 'open', from: ['scheduled'], to: 'open', by: ['workflow'] },
    { event: 'pause', from: ['open'], to: 'paused', by: ['operator'] },
    { event: 'resume', from: ['paused'], to: 'open', by: ['operator'] },
    { event: 'close', from: ['open'], to: 'closed', by: ['workflow'] },
    { event: 'award', from: ['closed'], to: 'awarded', by: ['workflow'] },
    // Its time passed before it opened, no bid, reserve not met, nobody paid, ended by the house, or
    // undone by a refund.
    {
      event: 'endUnsold',
      from: ['scheduled', 'closed', 'awarded'],
      to: 'unsold',
      by: ['workflow', 'operator'],
    },
    { event: 'settle', from: ['awarded'], to: 'settled', by: ['workflow'] },
    {
      event: 'cancel',
      from: ['draft', 'scheduled', 'open', 'paused'],
      to: 'cancelled',
      by: ['operator'],
    },
  ],
});
export type AuctionState = StateOf<typeof auctionLifecycle>;
