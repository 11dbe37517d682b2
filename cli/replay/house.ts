import type { z } from 'zod';
import type { AuctionView } from '../../src/api/auctions/auctions.schemas.ts';
import type { DisbursementView } from '../../src/api/disbursements/disbursements.schemas.ts';
import type { PaymentView } from '../../src/api/payments/payments.schemas.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { GavelClient } from '../client/gavel-client.ts';
import type { UsedStack } from '../stack/index.ts';
import { Lookout } from './lookout.ts';

const POLICY_NAME = 'replay';
const POLICY: z.input<typeof Policy> = {
  increments: 'ebay-us',
  softClose: null, // An operator closes each auction after its last bid.
  paymentWindow: 'P4D',
  secondChanceDepth: 0,
  secondChanceWindow: 'P1D',
  inspection: 'PT0S', // Arrived means released.
  longestHold: 'P21D',
  lastSafeMoment: 'P27D',
  buyersPremium: 1_500,
  sellersCommission: 1_000,
};
/** Much later than any replay ends. */
const BIDDING_TIME_MS = 5 * 24 * 3_600_000;

interface Page<Item> {
  readonly items: readonly Item[];
}

/** The people of one run. Its seller is its own, so that a seller's lists hold this run and no other. */
export class House {
  readonly operator: GavelClient;
  readonly paypalUrl: string;
  readonly policyName = POLICY_NAME;
  readonly sellerId: string;
  readonly closesAt = new Date(Date.now() + BIDDING_TIME_MS).toISOString();

  readonly open: Lookout<AuctionView>;
  readonly payable: Lookout<PaymentView>;
  readonly held: Lookout<DisbursementView>;

  private readonly bidders = new Map<string, GavelClient>();

  constructor(
    private readonly stack: UsedStack,
    readonly run: string,
  ) {
    this.sellerId = `replay-${run}`;
    this.operator = this.as('operator', 'replay');
    this.paypalUrl = stack.addresses.paypal;
    const seller = this.as('seller', this.sellerId);
    const list = async <Item>(path: string) => (await seller.get<Page<Item>>(path)).items;

    this.open = new Lookout(
      'The opening of auction',
      () => list<AuctionView>(`/v1/auctions?state=open&sellerId=${this.sellerId}&limit=200`),
      ({ id }) => id,
    );
    this.payable = new Lookout(
      'The PayPal order of auction',
      async () => {
        // A seller is not told of the order at PayPal.
        const path = `/v1/payments?state=created&sellerId=${this.sellerId}&limit=200`;
        const { items } = await this.operator.get<Page<PaymentView>>(path);
        return items.filter(({ paypalOrderId }) => paypalOrderId !== null);
      },
      ({ auctionId }) => auctionId,
    );
    this.held = new Lookout(
      'The payment of auction',
      () => list<DisbursementView>('/v1/disbursements?state=held&limit=200'),
      ({ auctionId }) => auctionId,
    );
  }

  async prepare(): Promise<void> {
    const seller = { id: this.sellerId, name: 'Replay', paypalMerchantId: 'REPLAYSELLER' };
    await this.operator.post('/v1/sellers', seller, { key: `${this.run}:seller` });
    const key = `${this.run}:policy`;
    await this.operator.write(`/v1/policies/${POLICY_NAME}`, POLICY, { key });
  }

  bidder(name: string): GavelClient {
    const client = this.bidders.get(name) ?? this.as('bidder', name);
    this.bidders.set(name, client);
    return client;
  }

  private as(role: 'operator' | 'seller' | 'bidder', subject: string): GavelClient {
    return new GavelClient(this.stack.addresses.api, this.stack.environment, role, subject);
  }
}
