import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import type { FastifyError, FastifyInstance } from 'fastify';
import { addTokenRoute, Tokens } from './authentication.ts';
import { Clock } from './clock.ts';
import { addFaultHooks } from './fault-hooks.ts';
import { FaultPlan } from './faults.ts';
import { closeUnanswered } from './disputes.ts';
import { releaseAutomatically, settlePayout } from './payouts.ts';
import { returnBatch, settleBatch } from './batches.ts';
import { Problem } from './problems.ts';
import { addNotificationRoutes } from './routes/notifications.ts';
import { addCheckoutPage } from './routes/checkout-page.ts';
import { addControlRoutes } from './routes/control.ts';
import { addForceRoutes } from './routes/force.ts';
import { addDisputeRoutes } from './routes/disputes.ts';
import { addOrderRoutes } from './routes/orders.ts';
import { addPaymentRoutes } from './routes/payments.ts';
import { addPayoutRoutes } from './routes/payouts.ts';
import { addReferencedPayoutRoutes } from './routes/referenced-payouts.ts';
import { addTransactionRoutes } from './routes/transactions.ts';
import { Store } from './store.ts';
import { runDueTimers } from './timers.ts';
import { loadSigner, strangeSigner } from './webhooks/authority.ts';
import { WebhookQueue } from './webhooks/queue.ts';
import type { World } from './world.ts';

export interface SimulatorOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly webhookId: string;
  /** Where events go; they wait until there is an address. */
  readonly webhookUrl?: string;
  /** Keeps the state, and ca.pem; without it everything is in memory. */
  readonly stateDirectory?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Where others reach the simulator, when that is not its host and port. */
  readonly publicUrl?: string;
  readonly announcesAutomaticRelease?: boolean;
}

export interface PayPalSimulator {
  readonly app: FastifyInstance;
  /** Where others reach it. */
  readonly url: string;
  /** http://HOST:PORT that it listens on. */
  readonly listening: string;
  /** The authority (PEM) under which webhooks are signed. */
  readonly ca: string;
  close(): Promise<void>;
}

const TIMER_INTERVAL_MS = 250;

/** Starts a stand-in for PayPal, listening. What it does and how it is steered is in its README. */
export async function createPayPalSimulator(options: SimulatorOptions): Promise<PayPalSimulator> {
  const store = new Store(options.stateDirectory);
  const signer = await loadSigner(store);
  const stranger = await strangeSigner();
  if (options.stateDirectory) {
    writeFileSync(join(options.stateDirectory, 'ca.pem'), signer.authorityPem);
  }

  const app = Fastify({ forceCloseConnections: true });
  const host = options.host ?? '127.0.0.1';
  const listening = () => {
    const port = (app.server.address() as AddressInfo | null)?.port ?? options.port;
    return `http://${host}:${port}`;
  };
  const publicUrl = () => options.publicUrl?.replace(/\/+$/, '') ?? listening();
  const clock = new Clock(store);
  const faults = new FaultPlan(store);
  const { webhookId, webhookUrl } = options;
  const parts = { store, clock, faults, signer, stranger, webhookId, publicUrl };
  const world: World = {
    store,
    clock,
    faults,
    webhooks: new WebhookQueue(parts, webhookUrl),
    credentials: options,
    publicUrl,
    announcesAutomaticRelease: options.announcesAutomaticRelease ?? false,
  };
  const runTimers = () =>
    runDueTimers(world, {
      automaticRelease: releaseAutomatically,
      payoutSettles: settlePayout,
      batchSettles: settleBatch,
      batchReturns: returnBatch,
      disputeIsDue: closeUnanswered,
    });

  const tokens = new Tokens();
  readBodiesAsPayPalDoes(app);
  answerErrorsAsPayPalDoes(app);
  requireToken(app, tokens);
  addFaultHooks(app, world);
  addTokenRoute(app, world, tokens);
  addOrderRoutes(app, world);
  addPaymentRoutes(app, world);
  addReferencedPayoutRoutes(app, world);
  addPayoutRoutes(app, world);
  addDisputeRoutes(app, world);
  addTransactionRoutes(app, world);
  addNotificationRoutes(app, world, [signer, stranger]);
  addCheckoutPage(app, world);
  addControlRoutes(app, world, { tokens, runTimers });
  addForceRoutes(app, world);
  app.get('/healthz', () => ({ status: 'ok' }));

  await app.listen({ host, port: options.port ?? 0 });
  world.webhooks.wake();
  const ticking = setInterval(runTimers, TIMER_INTERVAL_MS);

  return {
    app,
    url: publicUrl(),
    listening: listening(),
    ca: signer.authorityPem,
    async close() {
      clearInterval(ticking);
      await app.close();
      await world.webhooks.close();
      store.close();
    },
  };
}

/** PayPal takes an empty body with a JSON content type, and forms where OAuth and browsers send them. */
function readBodiesAsPayPalDoes(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(String(text)));
    } catch {
      done(new Problem(400, 'MALFORMED_REQUEST_JSON'));
    }
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, text, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(text))));
    },
  );
}

function answerErrorsAsPayPalDoes(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Problem, _request, reply) => {
    const problem =
      error instanceof Problem ? error : new Problem(error.statusCode ?? 500, undefined);
    // A simulator that breaks must say so: its caller only sees PayPal's words.
    if (!(error instanceof Problem) && problem.status >= 500) console.error(error);
    return reply
      .code(problem.status)
      .header('paypal-debug-id', problem.debugId)
      .send(problem.body());
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(new Problem(404).body()));
}

/** Everything with an operation's name asks for a token, but the token call and the certificates. */
function requireToken(app: FastifyInstance, tokens: Tokens): void {
  const open = new Set(['oauth.token', 'certificates.get']);
  app.addHook('onRequest', async (request) => {
    const operation = request.routeOptions.config.operation;
    if (!operation || open.has(operation)) return;
    if (!tokens.isValid(request.headers.authorization)) throw new Problem(401);
  });
}
