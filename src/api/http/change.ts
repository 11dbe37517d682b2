import { createHash } from 'node:crypto';
import {
  applyDecorators,
  createParamDecorator,
  HttpCode,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { DataSource, type EntityManager } from 'typeorm';
import { declareCause, type Cause } from '../../database/change-state.ts';
import { Allow, causeOf, requestIn } from './access.ts';
import { Problem } from './problem.ts';
import type { Role } from './tokens.ts';

/** What a handler changes things with: all of it commits together with the idempotency key, or none. */
export interface Change {
  readonly tx: EntityManager;
  cause(reason?: string): Cause;
  readonly correlationId: string;
  readonly idempotencyKey: string;
}

export const InChange = createParamDecorator(
  (_: unknown, context: ExecutionContext): Change => requestIn(context).change!,
);

/** A POST that changes something: who may, and once per Idempotency-Key. */
export const Command = (...roles: Role[]) =>
  applyDecorators(
    Allow(...roles),
    HttpCode(200),
    UseInterceptors(ChangeInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'Yours, unique per request; a repeat gets the first answer and changes nothing.',
    }),
  );

const LONGEST_KEY = 200;

/** The Idempotency-Key of a request. Throws a Problem when it is missing or malformed. */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  // Printable ASCII: the key is kept, logged and compared.
  if (typeof key === 'string' && key.length <= LONGEST_KEY && /^[\x21-\x7e]+$/.test(key))
    return key;
  throw new Problem(
    400,
    'idempotency_key_required',
    `Send an Idempotency-Key header of 1 to ${LONGEST_KEY} printable characters, new for each request.`,
  );
}

/**
 * Runs a handler in one transaction with the record of its key. Whoever comes with the same key, in the
 * same role, waits for the first, and gets its answer; with another request under the same key, a refusal.
 */
@Injectable()
export class ChangeInterceptor implements NestInterceptor {
  constructor(private readonly database: DataSource) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = requestIn(context);
    const idempotencyKey = idempotencyKeyOf(request);
    return from(
      this.database.transaction(async (tx) => {
        const earlier = await claim(tx, request, idempotencyKey);
        if (earlier) return earlier.answer;
        request.change = {
          tx,
          cause: (reason) => causeOf(request, reason),
          correlationId: request.correlationId,
          idempotencyKey,
        };
        // Of whatever rows change without a cause of their own; see record_edit() in the database.
        await declareCause(tx, causeOf(request, reasonIn(request.body)));
        const answer = (await lastValueFrom(next.handle(), { defaultValue: null })) as unknown;
        const { id, actingAs } = request.access!;
        await tx.query(
          'UPDATE idempotency_record SET answer = $4 WHERE subject = $1 AND role = $2 AND key = $3',
          [id, actingAs, idempotencyKey, JSON.stringify(answer ?? null)],
        );
        return answer;
      }),
    );
  }
}

function reasonIn(body: unknown): string | undefined {
  const { reason } = (body ?? {}) as { reason?: unknown };
  return typeof reason === 'string' ? reason : undefined;
}

async function claim(
  tx: EntityManager,
  request: FastifyRequest,
  key: string,
): Promise<{ answer: unknown } | undefined> {
  const hash = hashOf(request);
  const { id, actingAs } = request.access!;
  const claimed = await tx.query<unknown[]>(
    `INSERT INTO idempotency_record (subject, role, key, request_hash) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING key`,
    [id, actingAs, key, hash],
  );
  if (claimed.length > 0) return undefined;
  const [earlier] = await tx.query<{ request_hash: string; answer: unknown }[]>(
    `SELECT request_hash, answer FROM idempotency_record
     WHERE subject = $1 AND role = $2 AND key = $3`,
    [id, actingAs, key],
  );
  if (earlier?.request_hash !== hash) throw keyReused();
  return earlier;
}

const hashOf = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([request.method, request.url, request.body ?? null]))
    .digest('hex');

export const keyReused = () =>
  new Problem(
    422,
    'idempotency_key_reused',
    'This Idempotency-Key was used for another request: use a new one.',
  );
