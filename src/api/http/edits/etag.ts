import { createHash } from 'node:crypto';
import {
  applyDecorators,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { Problem } from '../problem.ts';

/**
 * Made from what people can edit, so that it changes with that alone, whoever has changed it. A list: a
 * kept answer has its fields in another order.
 */
export const etagOf = (editable: readonly unknown[]): string =>
  `"${createHash('sha256').update(JSON.stringify(editable)).digest('hex').slice(0, 16)}"`;

/**
 * Answers carry the ETag that `of` makes from them; undefined for answers that cannot be edited. On a
 * controller, so that the answer to a repeated command has one, too.
 */
export const Tagged = (of: (answer: never) => string | undefined) =>
  UseInterceptors({
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const reply = context.switchToHttp().getResponse<FastifyReply>();
      return next.handle().pipe(
        map((answer: unknown) => {
          const etag = of(answer as never);
          if (etag !== undefined) reply.header('etag', etag);
          return answer;
        }),
      );
    },
  } satisfies NestInterceptor);

/** Documents the header that mustMatch() asks for. */
export const ApiIfMatch = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'the ETag of what you have read; required where there is something to change',
    }),
  );

/**
 * Of two people who edit the same thing, the second is told, and overwrites nothing. `current` is the
 * ETag of the thing as it is, undefined where there is none yet; it is locked by then.
 */
export function mustMatch(ifMatch: string | undefined, current: string | undefined): void {
  if (current === undefined && ifMatch === undefined) return;
  if (ifMatch === undefined) {
    throw new Problem(
      428,
      'if_match_required',
      'It exists: read it, and send If-Match with the ETag of the answer.',
    );
  }
  const known = ifMatch.split(',').map((each) => each.trim());
  if (current !== undefined && known.includes(current)) return;
  throw new Problem(
    412,
    'changed_meanwhile',
    'It is not what you have read any more: read it again, look at what has changed, and send its new ETag.',
  );
}
