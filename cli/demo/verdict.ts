import { isFinal, type Lifecycle } from '../../src/domain/lifecycle/lifecycle.ts';
import { disbursementLifecycle } from '../../src/domain/disbursement/lifecycle.ts';
import type { Story } from './stories.ts';
import type { Auction, World } from './world.ts';

export interface LedgerEntry {
  kind: 'capture' | 'release' | 'refund';
  account: string;
  currency: 'USD';
  amountMinor: number;
}

/** What is wrong with how a story ended; empty when it ended as it should. */
export async function faultsOf(world: World, story: Story, auctionId: string): Promise<string[]> {
  const auction = await world.auctionIn(auctionId, ['settled', 'unsold', 'cancelled']);
  await world.until('all ERP documents are acknowledged', async () => {
    const documents = await world.list<{ state: string }>('erp-documents', auctionId);
    const done = documents.filter(({ state }) => state === 'acknowledged');
    return done.length === story.documents && documents.length === done.length ? true : undefined;
  });
  const disbursements = await world.list<{ state: string }>('disbursements', auctionId);
  const entries = await world.list<LedgerEntry>('ledger/entries', auctionId);
  return [
    ...auctionFaults(auction, story),
    ...disbursements
      .filter(({ state }) => !isFinal(disbursementLifecycle as Lifecycle, state))
      .map(({ state }) => `a disbursement is still ${state}`),
    ...ledgerFaults(entries),
  ];
}

function auctionFaults({ state, unsoldReason }: Auction, { ends }: Story): string[] {
  return [
    ...(state === ends.auction ? [] : [`the auction is ${state}, not ${ends.auction}`]),
    ...(unsoldReason === (ends.unsoldReason ?? null)
      ? []
      : [`the reason is ${unsoldReason}, not ${ends.unsoldReason}`]),
  ];
}

function ledgerFaults(entries: LedgerEntry[]): string[] {
  const sum = entries.reduce((total, { amountMinor }) => total + amountMinor, 0);
  return sum === 0 ? [] : [`the ledger is out of balance by ${sum}`];
}
