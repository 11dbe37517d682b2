import { authorizeOrder } from './authorizations.ts';
import { takeCapture } from './captures.ts';
import type {
  AuthorizationRecord,
  BatchRecord,
  CaptureRecord,
  OrderRecord,
  PayoutRecord,
  RefundRecord,
} from './records.ts';
import { giveRefund } from './refunds.ts';
import type { World } from './world.ts';

// Any state that PayPal's documents name, whatever led to it, and others that PayPal may add. Webhooks and
// the report do as they would where money really moves: COMPLETED, REFUNDED and PARTIALLY_REFUNDED.

interface Forced {
  readonly order?: string;
  readonly authorization?: string;
  readonly capture?: string | null;
  readonly reason?: string;
}

const MOVES_MONEY = ['COMPLETED', 'REFUNDED', 'PARTIALLY_REFUNDED'];

/** Puts an order, the authorization in it and the capture in it into the states asked for. */
export function forceOrder(world: World, id: string, { reason, ...asked }: Forced): OrderRecord {
  const { store } = world;
  const order = () => store.find('order', id)!;
  if (asked.authorization) {
    if (!order().authorizationId) authorizeOrder(world, order());
    const authorization = store.find('authorization', order().authorizationId!)!;
    const status = asked.authorization as AuthorizationRecord['status'];
    store.save('authorization', { ...authorization, status, reason });
  }
  if (asked.capture === null) store.save('order', { ...order(), captureId: undefined });
  if (asked.capture) forceCapture(world, order(), asked.capture, reason);
  if (asked.order)
    store.save('order', { ...order(), status: asked.order as OrderRecord['status'] });
  return order();
}

function forceCapture(world: World, order: OrderRecord, asked: string, reason?: string): void {
  const { store } = world;
  const moves = MOVES_MONEY.includes(asked);
  // A source whose captures stay pending moves nothing by itself.
  const source = moves ? 'good' : 'reviewed';
  const known = order.captureId && store.find('capture', order.captureId);
  const capture = known || takeCapture(world, { ...order, source }, undefined);
  if (asked === 'REFUNDED' || asked === 'PARTIALLY_REFUNDED') {
    const part = asked === 'REFUNDED' ? capture.amountMinor : Math.ceil(capture.amountMinor / 2);
    giveRefund(world, capture, { amountMinor: part - capture.refundedMinor }, undefined);
    return;
  }
  store.save('capture', { ...capture, status: asked as CaptureRecord['status'], reason });
}

export function forceRefund({ store }: World, refund: RefundRecord, status: string): RefundRecord {
  const forced = { ...refund, status };
  store.save('refund', forced);
  return forced;
}

/** An item of the referenced payouts, or a batch. */
export function forcePayout(
  { store }: World,
  id: string,
  status: string,
  reason?: string,
): boolean {
  const item = store.find('payout', id);
  if (item) store.save('payout', { ...item, status: status as PayoutRecord['status'], reason });
  const batch = store.find('batch', id);
  if (batch)
    store.save('batch', { ...batch, status: status as BatchRecord['status'], error: reason });
  return Boolean(item ?? batch);
}
