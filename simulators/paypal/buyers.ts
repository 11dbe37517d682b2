import { orderBody } from './bodies.ts';
import { unprocessable } from './problems.ts';
import type { OrderRecord, PaymentSource } from './records.ts';
import type { World } from './world.ts';

/** The buyer approves, or approves again with another source after a decline. */
export function approveOrder(world: World, order: OrderRecord, source: PaymentSource): OrderRecord {
  if (order.status === 'COMPLETED') throw unprocessable('ORDER_ALREADY_CAPTURED');
  if (order.status === 'VOIDED') throw unprocessable('ORDER_NOT_APPROVED');
  const approved: OrderRecord = {
    ...order,
    status: 'APPROVED',
    source,
    updatedAtMs: world.clock.nowMs(),
  };
  announce(world, approved, 'CHECKOUT.ORDER.APPROVED', 'An order has been approved by buyer');
  return approved;
}

/** PayPal takes back an approval that was not captured in time. */
export function reverseApproval(world: World, order: OrderRecord): OrderRecord {
  if (order.status !== 'APPROVED') throw unprocessable('ORDER_NOT_APPROVED');
  const voided: OrderRecord = { ...order, status: 'VOIDED', updatedAtMs: world.clock.nowMs() };
  announce(
    world,
    voided,
    'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
    'A payment approval has been reversed',
  );
  return voided;
}

function announce(world: World, order: OrderRecord, eventType: string, summary: string): void {
  world.store.transaction(() => {
    world.store.save('order', order);
    world.webhooks.announce(eventType, 'checkout-order', summary, orderBody(world, order));
  });
}
