import { authorizationBody, AUTHORIZATION_LIVES_MS } from './bodies.ts';
import { checkHold, takeCapture } from './captures.ts';
import { transactionId } from './identifiers.ts';
import { unprocessable } from './problems.ts';
import type { AuthorizationRecord, CaptureRecord, OrderRecord } from './records.ts';
import type { World } from './world.ts';

/** Has the buyer's money kept for the payee; nothing is taken yet. */
export function authorizeOrder(world: World, order: OrderRecord): void {
  const nowMs = world.clock.nowMs();
  const authorization: AuthorizationRecord = {
    id: transactionId(),
    orderId: order.id,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    status: 'CREATED',
  };
  const authorizationId = authorization.id;
  world.store.save('authorization', authorization);
  world.store.save('order', { ...order, status: 'COMPLETED', authorizationId, updatedAtMs: nowMs });
  announce(world, 'CREATED', authorization, order);
}

/** The payment instruction comes with the capture, not with the order. */
export function captureAuthorization(
  world: World,
  authorization: AuthorizationRecord,
  instruction: Pick<OrderRecord, 'disbursementMode' | 'platformFeeMinor'>,
  requestId: string | undefined,
): CaptureRecord {
  const { store, clock } = world;
  if (authorization.status === 'VOIDED') throw unprocessable('AUTHORIZATION_VOIDED');
  if (authorization.status === 'CAPTURED') throw unprocessable('AUTHORIZATION_ALREADY_CAPTURED');
  if (clock.nowMs() - authorization.createdAtMs > AUTHORIZATION_LIVES_MS) {
    throw unprocessable('AUTHORIZATION_EXPIRED');
  }
  const order = { ...store.find('order', authorization.orderId)!, ...instruction };
  checkHold(world, order);
  store.save('authorization', {
    ...authorization,
    status: 'CAPTURED',
    updatedAtMs: clock.nowMs(),
  });
  return takeCapture(world, order, requestId);
}

export function voidAuthorization(world: World, authorization: AuthorizationRecord): void {
  if (authorization.status === 'VOIDED') throw unprocessable('PREVIOUSLY_VOIDED');
  if (authorization.status === 'CAPTURED') throw unprocessable('PREVIOUSLY_CAPTURED');
  const { store, clock } = world;
  const voided: AuthorizationRecord = {
    ...authorization,
    status: 'VOIDED',
    updatedAtMs: clock.nowMs(),
  };
  store.save('authorization', voided);
  announce(world, 'VOIDED', voided, store.find('order', authorization.orderId)!);
}

function announce(
  world: World,
  what: 'CREATED' | 'VOIDED',
  authorization: AuthorizationRecord,
  order: OrderRecord,
): void {
  world.webhooks.announce(
    `PAYMENT.AUTHORIZATION.${what}`,
    'authorization',
    `A payment authorization was ${what.toLowerCase()}`,
    authorizationBody(world, authorization, order),
  );
}
