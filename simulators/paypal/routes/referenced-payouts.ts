import type { FastifyInstance } from 'fastify';
import { checkAssertion } from '../authentication.ts';
import { payoutBody } from '../bodies.ts';
import { plannedFault } from '../fault-hooks.ts';
import { KEY_LIFETIME_MS, once } from '../idempotency.ts';
import { asObject } from '../order-request.ts';
import { startPayout } from '../payouts.ts';
import { invalid, notFound, Problem } from '../problems.ts';
import type { World } from '../world.ts';

const PATH = '/v1/payments/referenced-payouts-items';

/** https://developer.paypal.com/docs/api/referenced-payouts/v1/ */
export function addReferencedPayoutRoutes(app: FastifyInstance, world: World): void {
  app.post(PATH, { config: { operation: 'payouts.create' } }, (request, reply) => {
    if (!request.headers['paypal-partner-attribution-id']) {
      throw new Problem(403, 'PERMISSION_DENIED', { description: 'A BN code is needed.' });
    }
    const { reference_id: id, reference_type: type } = asObject(request.body) ?? {};
    if (typeof id !== 'string') throw invalid('MISSING_REQUIRED_PARAMETER', '/reference_id');
    if (type !== 'TRANSACTION_ID')
      throw invalid('INVALID_PARAMETER_VALUE', '/reference_type', type);

    const capture = world.store.find('capture', id);
    if (!capture) throw notFound();
    checkAssertion(request, world, capture.merchantId);
    const synchronous = String(request.headers.prefer).includes('respond-sync');
    const fault = plannedFault(request);
    const { subjectId, repeated } = once(world, request, KEY_LIFETIME_MS.payouts, (requestId) =>
      startPayout(world, capture, { requestId, synchronous, fault }),
    );
    const payout = world.store.find('payout', subjectId)!;
    const status = payout.status === 'PENDING' ? 202 : 201;
    return reply.code(repeated ? 200 : status).send(payoutBody(world, payout));
  });

  app.get<{ Params: { id: string } }>(
    `${PATH}/:id`,
    { config: { operation: 'payouts.get' } },
    (request, reply) => {
      const payout = world.store.find('payout', request.params.id);
      if (!payout) throw notFound();
      return reply.send(payoutBody(world, payout));
    },
  );
}
