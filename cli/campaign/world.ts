import type { DisbursementView } from '../../src/api/disbursements/disbursements.schemas.ts';
import type { ErpDocumentView } from '../../src/api/erp-documents/erp-documents.schemas.ts';
import type { PaymentView, RefundView } from '../../src/api/payments/payments.schemas.ts';
import { GavelClient } from '../client/gavel-client.ts';
import type { UsedStack } from '../stack/index.ts';
import type { Seller } from './plan.ts';

const POLICY = {
  increments: 'ebay-us',
  softClose: null, // An operator closes each auction after its last bid.
  paymentWindow: 'PT15M',
  secondChanceDepth: 1,
  secondChanceWindow: 'PT6S',
  inspection: 'PT0S', // Arrived means released.
  longestHold: 'P21D',
  lastSafeMoment: 'P27D',
  buyersPremium: 1_500,
  sellersCommission: 1_000,
  withoutDelayedDisbursement: 'holdInHouseAccount',
  whenSellerCannotRefund: 'housePays',
};

const MERCHANTS: Record<Seller, string> = {
  ordinary: 'CAMPAIGNHELD',
  'not held for': 'CAMPAIGNNOTHELD',
  'without money': 'CAMPAIGNBROKE',
};

const IMPATIENT = { ...POLICY, paymentWindow: 'PT6S' };

interface Page<Item> {
  readonly items: readonly Item[];
}

/** The people of a campaign and the hands that steer the simulators. */
export class CampaignWorld {
  readonly operator: GavelClient;
  readonly sellers: Readonly<Record<Seller, string>>;

  constructor(
    private readonly stack: Pick<UsedStack, 'addresses' | 'environment'>,
    readonly run: string,
  ) {
    this.sellers = {
      ordinary: `campaign-${run}`,
      'not held for': `campaign-${run}-not-held`,
      'without money': `campaign-${run}-broke`,
    };
    this.operator = this.as('operator', 'campaign');
  }

  as(role: 'operator' | 'bidder', subject: string): GavelClient {
    return new GavelClient(this.stack.addresses.api, this.stack.environment, role, subject);
  }

  async prepare(): Promise<void> {
    for (const [name, id] of Object.entries(this.sellers)) {
      const seller = { id, name: 'Campaign', paypalMerchantId: MERCHANTS[name as Seller] };
      await this.operator.post('/v1/sellers', seller, { key: `${this.run}:${id}` });
    }
    await this.paypal('PUT', 'sellers/CAMPAIGNNOTHELD', { delayedDisbursement: 'notEnabled' });
    await this.paypal('PUT', 'sellers/CAMPAIGNBROKE', { funds: 'empty' });
    for (const payer of ['seller', 'house']) {
      for (const [name, policy] of Object.entries({ patient: POLICY, impatient: IMPATIENT })) {
        const body = { ...policy, paypalFeeBorneBy: payer };
        const key = `${this.run}:${name}:${payer}`;
        await this.operator.write(`/v1/policies/campaign-${name}-${payer}`, body, { key });
      }
    }
  }

  async list<Item>(resource: string, auctionId: string): Promise<readonly Item[]> {
    const path = `/v1/${resource}?auctionId=${auctionId}&limit=200`;
    return (await this.operator.get<Page<Item>>(path)).items;
  }

  payments = (auctionId: string) => this.list<PaymentView>('payments', auctionId);
  documents = (auctionId: string) => this.list<ErpDocumentView>('erp-documents', auctionId);

  async disbursement(auctionId: string): Promise<DisbursementView | undefined> {
    return (await this.list<DisbursementView>('disbursements', auctionId))[0];
  }

  async refunds(paymentId: string): Promise<readonly RefundView[]> {
    return (await this.operator.get<Page<RefundView>>(`/v1/payments/${paymentId}/refunds`)).items;
  }

  paypal<Answer>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Answer> {
    return steer(`${this.stack.addresses.paypal}/simulator/${path}`, method, body);
  }

  erp<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> {
    return steer(`${this.stack.addresses.erp}/simulator/${path}`, method, body);
  }
}

async function steer<Answer>(url: string, method: string, body?: object): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: body && { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new SimulatorRefuses(`${method} ${url}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

/** The world is not so any more: an order is paid, a dispute is over. */
export class SimulatorRefuses extends Error {
  override name = 'SimulatorRefuses';
}
