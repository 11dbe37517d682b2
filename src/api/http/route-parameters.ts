import type { ExecutionContext } from '@nestjs/common';
import { CUSTOM_ROUTE_ARGS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { z } from 'zod';

/** What a handler asks for by a decorator: @Req(), @Param('id'), @Body(), or one of ours. */
export interface RouteParameter {
  readonly index: number;
  readonly of: 'request' | 'params' | 'query' | 'body' | 'custom' | 'other';
  /** Of one value among the params, the query or the body. */
  readonly name: string | undefined;
  readonly schema: z.ZodType | undefined;
  /** Of our own decorators. */
  readonly factory: (context: ExecutionContext) => unknown;
  readonly hasPipes: boolean;
}

/** As Nest keeps it: by the kind of a parameter and its place, `3:0`. */
type Kept = Record<
  string,
  {
    readonly data?: unknown;
    readonly schema?: z.ZodType;
    readonly factory?: (data: unknown, context: ExecutionContext) => unknown;
    readonly pipes?: readonly unknown[];
  }
>;

export function routeParameters(controller: object, method: string): RouteParameter[] {
  const kept = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Kept;
  return Object.entries(kept).map(([key, { data, schema, factory, pipes = [] }]) => {
    const [kind, index] = key.split(':') as [string, string];
    return {
      index: Number(index),
      of: kind.includes(CUSTOM_ROUTE_ARGS_METADATA) ? 'custom' : (KINDS[kind] ?? 'other'),
      name: typeof data === 'string' ? data : undefined,
      schema,
      factory: (context) => factory!(data, context),
      hasPipes: pipes.length > 0,
    };
  });
}

const KINDS: Readonly<Record<string, RouteParameter['of']>> = {
  [RouteParamtypes.REQUEST]: 'request',
  [RouteParamtypes.PARAM]: 'params',
  [RouteParamtypes.QUERY]: 'query',
  [RouteParamtypes.BODY]: 'body',
};
