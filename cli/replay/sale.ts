import type { AuctionView } from '../../src/api/auctions/auctions.schemas.ts';
import type { DisbursementView } from '../../src/api/disbursements/disbursements.schemas.ts';
import type { ErpDocumentView } from '../../src/api/erp-documents/erp-documents.schemas.ts';
import type { PaymentView } from '../../src/api/payments/payments.schemas.ts';
import type { GavelClient } from '../client/gavel-client.ts';
import { approveAtPayPal } from '../client/paypal-buyer.ts';
import type { Play } from './bidding.ts';
import type { House } from './house.ts';
import { until } from './patience.ts';

/** From the close to the end: paid, arrived, released, and booked by the ERP; or unsold. */
export async function seeThrough(house: House, play: Play): Promise<'settled' | 'unsold'> {
  const { operator } = house;
  const { auctionId, key } = play;
  const close = { reason: 'The last recorded bid has been placed.' };
  await operator.post(`/v1/auctions/${auctionId}/close`, close, { key: `${key}:close` });

  if (play.sells) {
    await approve(house, await house.payable.see(auctionId));
    const { id } = await house.held.see(auctionId);
    await operator.post(`/v1/disbursements/${id}/arrival`, {}, { key: `${key}:arrival` });
    await until(`The ERP's word on auction ${auctionId}`, () => areBooked(house, auctionId, id));
  }
  const end = play.sells ? 'settled' : 'unsold';
  return until(`The end of auction ${auctionId} as ${end}`, async () => {
    const { state } = await operator.get<AuctionView>(`/v1/auctions/${auctionId}`);
    return state === end ? end : undefined;
  });
}

/** The buyer's approval at PayPal. One that is lost on its way is given again. */
async function approve({ operator, paypalUrl }: House, payment: PaymentView): Promise<void> {
  await until(`The approval of payment ${payment.id}`, async () => {
    try {
      await approveAtPayPal(paypalUrl, payment.paypalOrderId!);
      return true;
    } catch {
      // It may have arrived all the same, and then PayPal takes no second one.
      const { state } = await operator.get<PaymentView>(`/v1/payments/${payment.id}`);
      return state === 'created' ? undefined : true;
    }
  });
}

/** The settlement is written with the release, so once it is there all documents of a sale are. */
async function areBooked(
  { operator }: House,
  auctionId: string,
  disbursementId: string,
): Promise<true | undefined> {
  const path = `/v1/erp-documents?auctionId=${auctionId}&limit=200`;
  const { items } = await operator.get<{ items: ErpDocumentView[] }>(path);
  const parked = items.find(({ state }) => state === 'rejected' || state === 'dead');
  if (parked) {
    const why = parked.rejection?.message ?? parked.failureReason ?? 'no reason given';
    throw new Error(`The ERP document ${parked.id} is ${parked.state}: ${why}`);
  }
  if (items.some(({ kind }) => kind === 'settlement')) {
    return items.every(({ state }) => state === 'acknowledged') ? true : undefined;
  }
  await requireUnderWay(operator, disbursementId);
  return undefined;
}

/** Money that waits for a person would be waited for in vain. */
async function requireUnderWay(operator: GavelClient, disbursementId: string): Promise<void> {
  const path = `/v1/disbursements/${disbursementId}`;
  const { state, failureReason } = await operator.get<DisbursementView>(path);
  if (!['failed', 'blocked', 'cancelled'].includes(state)) return;
  const why = failureReason ?? 'no reason given';
  throw new Error(`The disbursement ${disbursementId} is ${state}: ${why}`);
}
