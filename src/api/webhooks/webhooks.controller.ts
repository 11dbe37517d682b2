import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Erp } from '../../integrations/erp/erp.ts';
import { PayPalUnreachable, type PayPal } from '../../integrations/paypal/index.ts';
import { ERP, LOG, PAYPAL } from '../dependencies.ts';
import { AllowAnyone } from '../http/access.ts';
import { Problem, wrongFields } from '../http/problem.ts';
import { unavailable } from '../http/service-faults.ts';
import { Inbox } from './inbox.ts';

const FORGED = new Problem(401, 'signature_refused', 'The signature does not prove who sent this.');
const CERTIFICATE_UNAVAILABLE = unavailable(
  'certificate',
  'The certificate cannot be read now: send this again.',
);

/** Verified over the raw bytes before anything is parsed, stored, answered; dispatched afterwards. */
@ApiExcludeController()
@Controller('v1/webhooks')
@AllowAnyone()
export class WebhooksController {
  constructor(
    @Inject(PAYPAL) private readonly paypal: Pick<PayPal, 'webhooks'>,
    @Inject(ERP) private readonly erp: Pick<Erp, 'callbacks'>,
    @Inject(LOG) private readonly log: Logger,
    private readonly inbox: Inbox,
  ) {}

  @Post('paypal')
  @HttpCode(200)
  async receivePayPal(@Req() request: FastifyRequest): Promise<void> {
    const raw = rawBody(request);
    const verdict = await this.paypal.webhooks
      .verify(request.headers, raw)
      .catch((error: unknown) => {
        throw error instanceof PayPalUnreachable ? CERTIFICATE_UNAVAILABLE : error;
      });
    if (!verdict.genuine) return this.refuse('paypal', verdict.reason);
    const { event } = verdict;
    await this.inbox.keep({
      provider: 'paypal',
      eventId: event.id,
      eventType: event.event_type,
      body: event,
      raw,
      correlationId: request.correlationId,
    });
  }

  @Post('erp')
  @HttpCode(200)
  async receiveErp(@Req() request: FastifyRequest): Promise<void> {
    const raw = rawBody(request);
    const verdict = this.erp.callbacks.verify(request.headers, raw);
    if (!verdict.genuine) return this.refuse('erp', verdict.reason);
    if ('faults' in verdict) throw wrongFields(verdict.faults);
    const { callback } = verdict;
    await this.inbox.keep({
      provider: 'erp',
      eventId: callback.eventId,
      eventType: callback.outcome,
      body: callback,
      raw,
      correlationId: request.correlationId,
    });
  }

  private refuse(provider: string, reason: string): never {
    this.log.warn({ provider, reason }, 'a webhook was refused');
    throw FORGED;
  }
}

const rawBody = (request: FastifyRequest): Buffer => request.rawBody ?? Buffer.alloc(0);
