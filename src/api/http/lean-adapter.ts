import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, RawServerDefault } from 'fastify';

/**
 * Nest's adapter without the hooks that its constructor adds to each request: for CORS, CSRF, custom
 * versions and Express middleware, none of which we use. Fastify itself answers 503 while it closes.
 */
export class LeanAdapter extends FastifyAdapter {
  declare private addHook: FastifyInstance['addHook'];

  constructor(options: ConstructorParameters<typeof FastifyAdapter<RawServerDefault>>[0]) {
    super(options);
    this.fastify().addHook = this.addHook;
  }

  /** Called by Nest's constructor, before its hooks. */
  override setInstance<T>(instance: T): void {
    super.setInstance(instance);
    const fastify = this.fastify();
    this.addHook = fastify.addHook;
    fastify.addHook = () => fastify;
  }

  fastify(): FastifyInstance {
    return this.getInstance() as unknown as FastifyInstance;
  }
}
