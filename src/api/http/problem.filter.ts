import {
  Catch,
  HttpException,
  Inject,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ChangeRefused, SubjectMissing } from '../../database/change-state.ts';
import { LaneFull } from '../../database/lanes/lane.ts';
import { LOG } from '../dependencies.ts';
import { correlate } from './correlation.ts';
import { LARGEST_BODY_BYTES } from './json-body.ts';
import { methodsOf } from './methods.ts';
import { Problem } from './problem.ts';
import { protect } from './security-headers.ts';
import { RETRY, serviceFault } from './service-faults.ts';

/** The one place where errors become answers. Every answer carries the correlation id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = wrongMethod(error, request) ?? problemOf(error);
    if (problem.status >= 500) {
      this.log.error(
        {
          err: error,
          correlationId: request.correlationId,
          method: request.method,
          url: request.url,
        },
        'request failed',
      );
    }
    sendProblem(request, reply, problem);
  }
}

/** A route that there is, by a method that it does not have. Nest says of both that there is none. */
function wrongMethod(error: unknown, request: FastifyRequest): Problem | undefined {
  if (!(error instanceof HttpException) || error.getStatus() !== 404) return undefined;
  const allowed = methodsOf(request.server, request.url.split('?')[0]!).join(', ');
  if (!allowed) return undefined;
  const detail = `This cannot be asked by ${request.method}: use ${allowed}.`;
  return new Problem(405, 'method_not_allowed', detail, {}, { allow: allowed });
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  void reply
    .status(problem.status)
    .headers({ ...problem.headers, 'content-type': 'application/problem+json' })
    .send(
      JSON.stringify({
        type: `urn:gavel:problem:${problem.code}`,
        title: problem.code.replaceAll('_', ' '),
        status: problem.status,
        code: problem.code,
        detail: problem.detail,
        correlationId: request.correlationId,
        ...problem.extensions,
      }),
    );
}

/** What Fastify refuses before any hook or route has seen it: a URL that is none, or too long a part of it. */
export function refuseUrl(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  correlate(request, reply);
  protect(request, reply);
  const status = (error as { statusCode?: number }).statusCode ?? 400;
  sendProblem(request, reply, new Problem(status, 'invalid_url', `${error.message}.`));
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof SubjectMissing) return new Problem(404, 'not_found', error.message);
  if (error instanceof ChangeRefused) {
    return new Problem(409, 'state_conflict', error.message, { state: error.state });
  }
  if (error instanceof LaneFull) {
    const code = `too_many_${error.requests}`;
    return new Problem(429, code, `${error.message} Try again in a second.`, {}, RETRY);
  }
  if (error instanceof HttpException) return ofHttpException(error);
  const fault = serviceFault(error);
  if (fault) return fault;
  if (isClientError(error)) return new Problem(error.statusCode, codeOf(error), error.message);
  return new Problem(
    500,
    'internal_error',
    'Something failed on our side. Try again; if it stays, give support the correlationId.',
  );
}

function ofHttpException(error: HttpException): Problem {
  const status = error.getStatus();
  switch (status) {
    case 404:
      return new Problem(404, 'no_such_route', `${error.message}. See /docs.`);
    case 413:
      return new Problem(
        413,
        'body_too_large',
        `The body is too large: send at most ${LARGEST_BODY_BYTES / 1024} KiB.`,
      );
    case 415:
      return new Problem(415, 'unsupported_media_type', 'Send "Content-Type: application/json".');
    case 400:
      return new Problem(400, 'invalid_request', `${error.message}.`);
    default:
      return new Problem(status, codeOf({ name: error.name }), error.message);
  }
}

/** Fastify's own refusals: a body too large, or not JSON. */
function isClientError(
  error: unknown,
): error is { statusCode: number; message: string; code?: string } {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function codeOf(error: { code?: string; name?: string }): string {
  const name = error.code ?? error.name ?? 'bad_request';
  return name
    .replace(/^FST_(ERR_)?/, '')
    .replace(/Exception$/, '')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
