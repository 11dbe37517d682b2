import type { PaymentView } from '../../src/api/payments/payments.schemas.ts';
import type { CampaignWorld } from './world.ts';

type Counts = Readonly<Record<string, { readonly count: number }>>;

interface Effects {
  readonly byRequestId: Readonly<Record<string, Counts>>;
}

/** What happened at PayPal or in the ERP more often than it was asked for, as sentences. */
export async function doubleEffects(world: CampaignWorld): Promise<string[]> {
  const { byRequestId } = await world.paypal<Effects>('GET', 'effects');
  const perSubject = new Map<string, number>();
  const faults: string[] = [];
  for (const [requestId, counts] of Object.entries(byRequestId)) {
    for (const [kind, { count }] of Object.entries(counts)) {
      if (count > 1) faults.push(`${kind} happened ${count} times for request ${requestId}`);
      // A later attempt is another request: capture:<payment>:2. Its subject must be served once, too.
      const subject = `${kind} ${requestId.split(':').slice(0, 2).join(':')}`;
      if (kind !== 'order') perSubject.set(subject, (perSubject.get(subject) ?? 0) + count);
    }
  }
  for (const [subject, count] of perSubject) {
    if (count > 1) faults.push(`${subject} happened ${count} times`);
  }
  const booked = await world.erp<{ id: string; revision: number; booked: number }[]>(
    'GET',
    'effects',
  );
  for (const { id, revision, booked: times } of booked) {
    if (times > 1) faults.push(`the ERP booked ${id}, revision ${revision}, ${times} times`);
  }
  return faults;
}

const ENDS = ['captured', 'partially_refunded', 'refunded', 'declined', 'expired', 'withdrawn'];

/** Payments that are under way, and nobody can see why. */
export async function unexplainedPayments(
  world: CampaignWorld,
  auctionIds: readonly string[],
): Promise<string[]> {
  const faults: string[] = [];
  for (const auctionId of auctionIds) {
    for (const payment of await world.payments(auctionId)) {
      if (!ENDS.includes(payment.state) && !isExplained(payment)) {
        faults.push(`payment ${payment.id} is ${payment.state}, and does not say why`);
      }
    }
  }
  return faults;
}

const isExplained = ({ pendingReason, refusalReason }: PaymentView): boolean =>
  pendingReason !== null || refusalReason !== null;
