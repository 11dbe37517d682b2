import type { AuctionView } from '../../src/api/auctions/auctions.schemas.ts';
import type { DisbursementView } from '../../src/api/disbursements/disbursements.schemas.ts';
import type { OfferView } from '../../src/api/offers/offers.schemas.ts';
import type { PaymentView } from '../../src/api/payments/payments.schemas.ts';
import { disbursementLifecycle } from '../../src/domain/disbursement/lifecycle.ts';
import { isFinal, type Lifecycle } from '../../src/domain/lifecycle/lifecycle.ts';
import { ApiProblem } from '../client/gavel-client.ts';
import { until } from '../replay/patience.ts';
import type { SalePlan } from './plan.ts';
import { SimulatorRefuses, type CampaignWorld } from './world.ts';

/** Plays one sale as planned until nothing of it is under way any more; returns its auction. */
export async function playSale(world: CampaignWorld, plan: SalePlan): Promise<string> {
  const auctionId = await sell(world, plan);
  const paid = await findPayer(world, plan, auctionId);
  if (paid) await seeThrough(world, plan, paid);
  await rest(world, auctionId);
  return auctionId;
}

/** Publishes the auction, has two bidders bid, and closes it. */
async function sell(world: CampaignWorld, plan: SalePlan): Promise<string> {
  const { operator, run } = world;
  const key = `${run}:${plan.number}`;
  if (plan.erpFault !== 'none') {
    await world.erp('POST', 'faults', { kind: plan.erpFault, milliseconds: 2_000 });
  }
  const patience = plan.winner === 'does not pay' ? 'impatient' : 'patient';
  const wanted = {
    sellerId: world.sellers[plan.seller],
    title: `Campaign ${plan.number}`,
    commodityCode: plan.after === 'has an invoice that the ERP rejects' ? '97O1' : '9701',
    policy: `campaign-${patience}-${plan.feeBorneByHouse ? 'house' : 'seller'}`,
    currency: 'USD',
    startPriceMinor: plan.priceMinor,
    closesAt: new Date(Date.now() + 5 * 24 * 3_600_000).toISOString(),
  };
  const { id } = await operator.post<AuctionView>('/v1/auctions', wanted, { key: `${key}:create` });
  await operator.post(`/v1/auctions/${id}/publish`, {}, { key: `${key}:publish` });
  await opened(world, id);
  const maxima = { second: 2 * plan.priceMinor, winner: 3 * plan.priceMinor };
  for (const [name, maximumMinor] of Object.entries(maxima)) {
    const bidder = world.as('bidder', `${name}-${key}`);
    await bidder.post(`/v1/auctions/${id}/bids`, { maximumMinor }, { key: `${key}:${name}` });
  }
  const close = { reason: 'The last bid of the campaign has been placed.' };
  await operator.post(`/v1/auctions/${id}/close`, close, { key: `${key}:close` });
  return id;
}

const opened = (world: CampaignWorld, id: string) =>
  until(`The opening of auction ${id}`, async () => {
    const auction = await world.operator.get<AuctionView>(`/v1/auctions/${id}`);
    return auction.state === 'open' ? auction : undefined;
  });

async function findPayer(
  world: CampaignWorld,
  plan: SalePlan,
  auctionId: string,
): Promise<PaymentView | undefined> {
  const key = `${world.run}:${plan.number}`;
  if (plan.winner !== 'does not pay') {
    return pay(world, auctionId, `winner-${key}`, plan.winner === 'is declined first');
  }
  const second = `second-${key}`;
  const client = world.as('bidder', second);
  const offer = await until(`A second chance in auction ${auctionId}`, async () => {
    const page = await client.get<{ items: OfferView[] }>(`/v1/offers?auctionId=${auctionId}`);
    return page.items[0];
  });
  if (plan.second === 'does not answer') return undefined;
  const answer = plan.second === 'pays' ? 'accept' : 'decline';
  try {
    await client.post(`/v1/offers/${offer.id}/${answer}`, {}, { key: `${key}:${answer}` });
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 409) return undefined; // Too late.
    throw error;
  }
  return answer === 'accept' ? pay(world, auctionId, second, false) : undefined;
}

/** Approves at PayPal, each new order again, until the money is taken or the chance is gone. */
async function pay(
  world: CampaignWorld,
  auctionId: string,
  bidder: string,
  declinedFirst: boolean,
): Promise<PaymentView | undefined> {
  let source = declinedFirst ? 'declining' : 'good';
  const end = await until(`The payment of ${bidder}`, async () => {
    const payments = await world.payments(auctionId);
    const payment = payments.find(({ bidderId }) => bidderId === bidder);
    if (!payment) return undefined;
    if (payment.capturedAt) return { payment };
    if (['declined', 'expired', 'withdrawn'].includes(payment.state)) return { payment: undefined };
    if (payment.state !== 'created' || !payment.paypalOrderId) return undefined;
    await unlessRefused(
      world.paypal('POST', `orders/${payment.paypalOrderId}/approve`, { source }),
    );
    source = 'good';
    return undefined;
  });
  return end.payment;
}

async function seeThrough(
  world: CampaignWorld,
  plan: SalePlan,
  { id, auctionId, amountMinor, captureId }: PaymentView,
): Promise<void> {
  const { operator, run } = world;
  const key = `${run}:${plan.number}`;
  const held = await until(`The disbursement of auction ${auctionId}`, () =>
    world.disbursement(auctionId),
  );
  // What is recovered of a debt leaves a seller less, and PayPal does not pay out nothing.
  const percent = Math.min(plan.refundedPart, plan.seller === 'without money' ? 50 : 100);
  const part = Math.max(1, Math.floor((amountMinor * percent) / 100));
  const refund = (amount?: number) =>
    operator.post(
      `/v1/payments/${id}/refunds`,
      { reason: 'of the campaign', ...(amount && { amountMinor: amount }) },
      { key: `${key}:refund` },
    );
  const arrive = () =>
    operator
      .post(`/v1/disbursements/${held.id}/arrival`, {}, { key: `${key}:arrival` })
      .catch(unlessOver);
  const dispute = (reason: string) =>
    world.paypal<{ disputeId: string }>('POST', `captures/${captureId}/dispute`, { reason });
  const resolve = (disputeId: string, outcome: string) =>
    world.paypal('POST', `disputes/${disputeId}/resolve`, { outcome });

  switch (plan.after) {
    case 'is released':
      await arrive();
      return;
    case 'is refunded in part while held':
      await refund(part);
      await arrive();
      return;
    case 'is refunded whole while held':
      await refund();
      return;
    case 'is refunded in part after the release':
      await arrive();
      await released(world, auctionId);
      await refund(part);
      return;
    case 'is refunded whole after the release':
      await arrive();
      await released(world, auctionId);
      await refund();
      return;
    case 'is disputed, and the dispute is won': {
      const { disputeId } = await dispute('MERCHANDISE_OR_SERVICE_NOT_RECEIVED');
      await arrive();
      await resolve(disputeId, 'RESOLVED_SELLER_FAVOUR');
      return;
    }
    case 'is disputed, and the dispute is lost': {
      const { disputeId } = await dispute('MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED');
      await resolve(disputeId, 'RESOLVED_BUYER_FAVOUR');
      await refunded(world, id);
      return;
    }
    case 'is disputed after the release, and lost': {
      await arrive();
      await released(world, auctionId);
      const { disputeId } = await dispute('UNAUTHORISED');
      await resolve(disputeId, 'RESOLVED_BUYER_FAVOUR');
      await refunded(world, id);
      return;
    }
    case 'has an invoice that the ERP rejects':
      await correctInvoice(world, auctionId);
      await arrive();
      return;
  }
}

const refunded = (world: CampaignWorld, paymentId: string) =>
  until(`The loss of payment ${paymentId}`, async () => {
    const { state } = await world.operator.get<PaymentView>(`/v1/payments/${paymentId}`);
    return state === 'refunded' ? true : undefined;
  });

const released = (world: CampaignWorld, auctionId: string) =>
  until(`The release of auction ${auctionId}`, async () => {
    const disbursement = await releasedOrTriedAgain(world, auctionId);
    return disbursement?.state === 'released' ? true : undefined;
  });

/** What PayPal failed to pay is tried again, as an operator does who has mended the cause. */
async function releasedOrTriedAgain(
  world: CampaignWorld,
  auctionId: string,
): Promise<DisbursementView | undefined> {
  const disbursement = await world.disbursement(auctionId);
  if (disbursement?.state === 'failed') {
    const again = { reason: 'the cause is mended' };
    await world.operator
      .post(`/v1/disbursements/${disbursement.id}/release`, again)
      .catch(unlessOver);
  }
  return disbursement;
}

async function correctInvoice(world: CampaignWorld, auctionId: string): Promise<void> {
  const rejected = await until(`The rejection of the invoice of ${auctionId}`, async () => {
    const documents = await world.documents(auctionId);
    return documents.find(({ state }) => state === 'rejected');
  });
  await world.operator.post(
    `/v1/erp-documents/${rejected.id}/correct`,
    { body: { ...rejected.body, commodityCode: '9701' }, reason: 'the letter O for a zero' },
    { headers: { 'if-match': `"${rejected.revision}"` } },
  );
}

/** Nothing is under way any more: auction, money, refunds and documents have come to their ends. */
async function rest(world: CampaignWorld, auctionId: string): Promise<void> {
  const lifecycle = disbursementLifecycle as Lifecycle;
  await until(`The end of everything about auction ${auctionId}`, async () => {
    const disbursement = await releasedOrTriedAgain(world, auctionId);
    if (disbursement && !isFinal(lifecycle, disbursement.state)) return undefined;
    const { state } = await world.operator.get<AuctionView>(`/v1/auctions/${auctionId}`);
    if (!['settled', 'unsold'].includes(state)) return undefined;
    for (const { id } of await world.payments(auctionId)) {
      const refunds = await world.refunds(id);
      if (refunds.some(({ state }) => state !== 'completed' && state !== 'failed')) {
        return undefined;
      }
    }
    const documents = await world.documents(auctionId);
    return documents.every(({ state }) => state === 'acknowledged') ? true : undefined;
  });
}

async function unlessRefused(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof SimulatorRefuses)) throw error;
  }
}

/** The state has moved on: somebody, or Gavel itself, was faster. */
function unlessOver(error: unknown): void {
  if (!(error instanceof ApiProblem && error.status === 409)) throw error;
}
