import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

export const erpDocumentLifecycle = defineLifecycle({
  name: 'erp_document',
  initial: 'pending',
  states: ['pending', 'sending', 'sent', 'rejected', 'dead', 'acknowledged'],
  edges: [
    { event: 'send', from: ['pending'], to: 'sending', by: ['workflow'] },
    { event: 'recordSent', from: ['sending'], to: 'sent', by: ['workflow'] },
    { event: 'giveUp', from: ['sending', 'sent'], to: 'dead', by: ['workflow'] },
    // The callback may overtake the answer of the call that sent the document.
    {
      event: 'acknowledge',
      from: ['sending', 'sent', 'dead'],
      to: 'acknowledged',
      by: ['provider', 'workflow'],
    },
    {
      event: 'reject',
      from: ['sending', 'sent', 'dead'],
      to: 'rejected',
      by: ['provider', 'workflow'],
    },
    { event: 'correct', from: ['rejected', 'dead'], to: 'pending', by: ['operator', 'finance'] },
    { event: 'sendAgain', from: ['rejected', 'dead'], to: 'pending', by: ['operator', 'finance'] },
  ],
});
export type ErpDocumentState = StateOf<typeof erpDocumentLifecycle>;
