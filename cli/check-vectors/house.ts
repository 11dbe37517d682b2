import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { AuctionView } from '../../src/api/auctions/auctions.schemas.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { GavelClient } from '../client/gavel-client.ts';
import { Lookout } from '../replay/lookout.ts';
import type { UsedStack } from '../stack/index.ts';

export type WantedPolicy = Pick<z.input<typeof Policy>, 'increments'> &
  Partial<z.input<typeof Policy>>;

/** What an auction without sale does not come to use. */
const AFTER_THE_SALE = {
  paymentWindow: 'P4D',
  secondChanceDepth: 0,
  secondChanceWindow: 'P1D',
  inspection: 'P3D',
  longestHold: 'P21D',
  lastSafeMoment: 'P27D',
  buyersPremium: 0,
  sellersCommission: 0,
};

/** The people of one run of vectors. Auctions are cancelled in the end: nothing is sold. */
export class House {
  readonly operator: GavelClient;
  private readonly sellerId: string;
  private readonly open: Lookout<AuctionView>;
  private readonly policies = new Map<string, Promise<void>>();

  constructor(
    private readonly stack: UsedStack,
    readonly run: string,
  ) {
    this.sellerId = `vectors-${run}`;
    this.operator = this.as('operator', 'check-vectors');
    const path = `/v1/auctions?state=open&sellerId=${this.sellerId}&limit=200`;
    this.open = new Lookout(
      'The opening of auction',
      async () => (await this.operator.get<{ items: AuctionView[] }>(path)).items,
      ({ id }) => id,
    );
  }

  async prepare(): Promise<void> {
    const seller = { id: this.sellerId, name: 'Vectors', paypalMerchantId: 'VECTORSELLER' };
    await this.operator.post('/v1/sellers', seller, { key: `${this.run}:seller` });
  }

  bidder(name: string): GavelClient {
    return this.as('bidder', name);
  }

  /** An open auction under a policy, which is written when it is first wanted. */
  async openAuction(wanted: {
    key: string;
    title: string;
    policy: WantedPolicy;
    startPriceMinor: number;
    reserveMinor: number | null;
    closesAt: string;
  }): Promise<string> {
    const { key, policy, ...auction } = wanted;
    const { id } = await this.operator.post<AuctionView>(
      '/v1/auctions',
      {
        ...auction,
        sellerId: this.sellerId,
        commodityCode: '9701',
        currency: 'USD',
        policy: await this.policyFor(policy),
      },
      { key: `${key}:create` },
    );
    await this.operator.post(`/v1/auctions/${id}/publish`, {}, { key: `${key}:publish` });
    await this.open.see(id);
    return id;
  }

  async cancel(auctionId: string, key: string): Promise<void> {
    const why = { reason: 'The last step of the vector has been played.' };
    await this.operator.post(`/v1/auctions/${auctionId}/cancel`, why, { key: `${key}:cancel` });
  }

  /** Named by its content, so that no other run can mean something else by the name. */
  private async policyFor(wanted: WantedPolicy): Promise<string> {
    const document = { ...AFTER_THE_SALE, ...wanted };
    const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex');
    const name = `vectors-${hash.slice(0, 16)}`;
    const written =
      this.policies.get(name) ??
      this.operator.write(`/v1/policies/${name}`, document, { key: `${this.run}:${name}` });
    this.policies.set(name, written);
    await written;
    return name;
  }

  private as(role: 'operator' | 'bidder', subject: string): GavelClient {
    return new GavelClient(this.stack.addresses.api, this.stack.environment, role, subject);
  }
}
