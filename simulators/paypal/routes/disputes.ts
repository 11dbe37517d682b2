import type { FastifyInstance } from 'fastify';
import { disputeBody } from '../bodies.ts';
import { notFound } from '../problems.ts';
import type { World } from '../world.ts';

/** https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_get */
export function addDisputeRoutes(app: FastifyInstance, world: World): void {
  app.get<{ Params: { id: string } }>(
    '/v1/customer/disputes/:id',
    { config: { operation: 'disputes.get' } },
    (request, reply) => {
      const dispute = world.store.find('dispute', request.params.id);
      const capture = dispute && world.store.find('capture', dispute.captureId);
      if (!dispute || !capture) throw notFound();
      return reply.send(disputeBody(world, dispute, capture));
    },
  );
}
