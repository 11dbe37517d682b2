import type { FastifyInstance } from 'fastify';
import { notFound } from '../problems.ts';
import type { Signer } from '../webhooks/authority.ts';
import type { World } from '../world.ts';

/** Serves the certificates that sign webhooks: the real one, and the one of forgeries. */
export function addNotificationRoutes(
  app: FastifyInstance,
  world: World,
  signers: readonly Signer[],
): void {
  app.get<{ Params: { id: string } }>(
    '/v1/notifications/certs/:id',
    { config: { operation: 'certificates.get' } },
    (request, reply) => {
      const signer = signers.find(({ certificateId }) => certificateId === request.params.id);
      if (!signer) throw notFound();
      return reply.type('application/x-pem-file').send(signer.chainPem);
    },
  );

  app.post<{ Params: { id: string } }>(
    '/v1/notifications/webhooks-events/:id/resend',
    { config: { operation: 'webhooks.resend' } },
    (request, reply) => {
      if (!world.webhooks.resend(request.params.id)) throw notFound();
      return reply.code(202).send({});
    },
  );
}
