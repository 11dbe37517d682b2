import { setTimeout as sleep } from 'node:timers/promises';
import { GavelClient } from '../client/gavel-client.ts';
import { approveAtPayPal } from '../client/paypal-buyer.ts';
import type { UsedStack } from '../stack/index.ts';

export interface Auction {
  id: string;
  title: string;
  state: string;
  currency: 'USD';
  priceMinor: number;
  unsoldReason: string | null;
}

export interface Payment {
  id: string;
  bidderId: string;
  state: string;
  amountMinor: number;
  paypalOrderId: string | null;
}

interface Page<Item> {
  items: Item[];
}

const LOOK_EVERY_MS = 150;
/** Nothing in a story takes this long; when it does, the story has failed. */
const PATIENCE_MS = 60_000;

/** The people of the stories, and what they do through the API as anybody would. */
export class World {
  readonly operator: GavelClient;
  readonly finance: GavelClient;

  constructor(private readonly stack: UsedStack) {
    this.operator = this.as('operator', 'olga');
    this.finance = this.as('finance', 'fred');
  }

  as(role: 'bidder' | 'seller' | 'operator' | 'finance', subject: string): GavelClient {
    return new GavelClient(this.stack.addresses.api, this.stack.environment, role, subject);
  }

  /** Drafts and publishes an auction, and waits until it takes bids. */
  async publish(wanted: {
    title: string;
    policy: string;
    seller: string;
    startPriceMinor: number;
    reserveMinor?: number;
    commodityCode?: string;
    seconds: number;
  }): Promise<string> {
    const { id } = await this.operator.post<Auction>('/v1/auctions', {
      sellerId: wanted.seller,
      title: wanted.title,
      commodityCode: wanted.commodityCode ?? '9701',
      policy: wanted.policy,
      currency: 'USD',
      startPriceMinor: wanted.startPriceMinor,
      reserveMinor: wanted.reserveMinor ?? null,
      closesAt: new Date(Date.now() + wanted.seconds * 1_000).toISOString(),
    });
    await this.operator.post(`/v1/auctions/${id}/publish`);
    await this.auctionIn(id, ['open']);
    return id;
  }

  async bid(auctionId: string, bidder: string, maximumMinor: number): Promise<void> {
    await this.as('bidder', bidder).post(`/v1/auctions/${auctionId}/bids`, { maximumMinor });
  }

  auctionIn(id: string, states: string[]): Promise<Auction> {
    return this.until(`the auction is ${states.join(' or ')}`, async () => {
      const auction = await this.operator.get<Auction>(`/v1/auctions/${id}`);
      return states.includes(auction.state) ? auction : undefined;
    });
  }

  /** The payment that this bidder is asked for. */
  paymentOf(auctionId: string, bidder: string): Promise<Payment> {
    return this.until(`${bidder} is asked to pay`, async () => {
      const payments = await this.list<Payment>('payments', auctionId);
      return payments.find((payment) => payment.bidderId === bidder && payment.paypalOrderId);
    });
  }

  /** Pays as the buyer does on PayPal's page, and waits until the money is held. */
  async pay(auctionId: string, bidder: string): Promise<Payment> {
    const { paypalOrderId } = await this.paymentOf(auctionId, bidder);
    await approveAtPayPal(this.stack.addresses.paypal, paypalOrderId!);
    return this.until(`${bidder} has paid`, async () => {
      const payments = await this.list<Payment>('payments', auctionId);
      return payments.find(({ state, bidderId }) => state === 'captured' && bidderId === bidder);
    });
  }

  async recordArrival(auctionId: string): Promise<void> {
    const [disbursement] = await this.list<{ id: string }>('disbursements', auctionId);
    await this.operator.post(`/v1/disbursements/${disbursement!.id}/arrival`);
  }

  documentIn<Document extends { state: string; kind: string }>(
    auctionId: string,
    kind: string,
    state: string,
  ): Promise<Document> {
    return this.until(`the ${kind} is ${state}`, async () => {
      const documents = await this.list<Document>('erp-documents', auctionId);
      return documents.find((document) => document.kind === kind && document.state === state);
    });
  }

  async list<Item>(resource: string, auctionId: string): Promise<Item[]> {
    const page = await this.operator.get<Page<Item>>(`/v1/${resource}?auctionId=${auctionId}`);
    return page.items;
  }

  async until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    while (Date.now() < giveUpAt) {
      const found = await look();
      if (found !== undefined) return found;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error(`waited ${PATIENCE_MS / 1_000} s in vain until ${what}`);
  }
}
