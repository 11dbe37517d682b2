import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { z } from 'zod';
import { requestIn } from './access.ts';
import { perHandler } from './per-handler.ts';
import { Problem } from './problem.ts';
import { routeParameters } from './route-parameters.ts';

/** A part of a request that a handler takes, and what it must be. */
interface Part {
  readonly of: 'params' | 'query' | 'body';
  /** Of one value among the params or the query. */
  readonly name: string | undefined;
  readonly schema: z.ZodType;
}

/**
 * Checks a request against the schemas that its handler names: `@Body({ schema })`, `@Query({ schema })`,
 * `@Param('id', { schema })`. A guard and not a pipe: a pipe costs half a dozen promises for each
 * parameter of each handler, a sixth of the time of a request that does nothing.
 */
@Injectable()
export class ValidationGuard implements CanActivate {
  private readonly partsOf = perHandler((context) =>
    readParts(context.getClass(), context.getHandler().name),
  );

  /** Throws a Problem that says which field is wrong and how. */
  canActivate(context: ExecutionContext): true {
    const request = requestIn(context);
    for (const { of, name, schema } of this.partsOf(context)) {
      const whole = request as unknown as Record<string, unknown>;
      const values = name === undefined ? whole : (whole[of] as Record<string, unknown>);
      values[name ?? of] = checked(schema, values[name ?? of]);
    }
    return true;
  }
}

function readParts(controller: object, handler: string): Part[] {
  return routeParameters(controller, handler).flatMap(({ of, name, schema }) =>
    schema && isPart(of) ? [{ of, name, schema }] : [],
  );
}

const isPart = (of: string): of is Part['of'] => ['params', 'query', 'body'].includes(of);

function checked(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => ({
    field: path.map(String).join('.'),
    message,
  }));
  const detail = faults.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  throw new Problem(400, 'invalid_request', `${detail.join('; ')}.`, { faults });
}
