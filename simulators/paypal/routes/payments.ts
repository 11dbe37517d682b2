import type { FastifyInstance } from 'fastify';
import { checkAssertion } from '../authentication.ts';
import { captureBody, refundBody } from '../bodies.ts';
import { KEY_LIFETIME_MS, once } from '../idempotency.ts';
import { asObject } from '../order-request.ts';
import { notFound } from '../problems.ts';
import type { CaptureRecord } from '../records.ts';
import { giveRefund, readRefundRequest } from '../refunds.ts';
import type { World } from '../world.ts';

type ById = { Params: { id: string } };

/** https://developer.paypal.com/docs/api/payments/v2/ */
export function addPaymentRoutes(app: FastifyInstance, world: World): void {
  app.get<ById>(
    '/v2/payments/captures/:id',
    { config: { operation: 'captures.get' } },
    (request, reply) => reply.send(captureBody(world, findCapture(world, request.params.id))),
  );

  app.post<ById>(
    '/v2/payments/captures/:id/refund',
    { config: { operation: 'captures.refund' } },
    (request, reply) => {
      const capture = findCapture(world, request.params.id);
      checkAssertion(request, world, capture.merchantId);
      const asked = asObject(request.body) ?? {};
      const { subjectId, repeated } = once(world, request, KEY_LIFETIME_MS.payments, (requestId) =>
        giveRefund(world, capture, readRefundRequest(asked, capture), requestId),
      );
      const refund = world.store.find('refund', subjectId)!;
      return reply.code(repeated ? 200 : 201).send(refundBody(world, refund));
    },
  );

  app.get<ById>(
    '/v2/payments/refunds/:id',
    { config: { operation: 'refunds.get' } },
    (request, reply) => {
      const refund = world.store.find('refund', request.params.id);
      if (!refund) throw notFound();
      return reply.send(refundBody(world, refund));
    },
  );
}

export function findCapture({ store }: World, id: string): CaptureRecord {
  const capture = store.find('capture', id);
  if (!capture) throw notFound();
  return capture;
}
