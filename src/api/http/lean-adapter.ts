import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, RawServerDefault } from 'fastify';
import { directHandler } from './direct.ts';

/**
 * Nest's adapter with direct handlers, and without the hooks that its constructor adds to each request:
 * for CORS, CSRF, custom versions and Express middleware, none of which we use. Fastify itself answers
 * 503 while it closes.
 */
export class LeanAdapter extends FastifyAdapter {
  declare private addHook: FastifyInstance['addHook'];
  /** Where direct handlers find what they need; given before Nest registers the routes. */
  app: INestApplication | undefined;

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

  override post(...given: Parameters<FastifyAdapter['post']>) {
    const handler = given.pop() as object;
    return super.post(...given, directHandler(handler, this.app) ?? handler);
  }

  fastify(): FastifyInstance {
    return this.getInstance() as unknown as FastifyInstance;
  }
}
