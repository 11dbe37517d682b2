import type { CanActivate, ExecutionContext, INestApplication, Type } from '@nestjs/common';
import { CUSTOM_ROUTE_ARGS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { FastifyRequest, RouteHandlerMethod } from 'fastify';
import { AccessGuard } from './access.ts';
import { ValidationGuard } from './validation.ts';

const DIRECT = 'gavel:direct';

interface Marked {
  readonly controller: Type;
  readonly method: string;
}

/**
 * For a handler that is called thousands of times a second: Fastify calls it, not Nest, whose dispatch
 * makes a dozen promises and contexts, a tenth of what a bid costs this process. The guards of every
 * route and the parameters' decorators hold; it may have no interceptors, and answers 200.
 */
export const Direct = (): MethodDecorator => (prototype, method, descriptor) => {
  const marked = { controller: prototype.constructor, method };
  Reflect.defineMetadata(DIRECT, marked, descriptor.value as object);
};

/** What serves a route instead of the handler that Nest has made for it, if that is marked. */
export function directHandler(
  ofNest: object,
  app: INestApplication,
): RouteHandlerMethod | undefined {
  const marked = Reflect.getMetadata(DIRECT, ofNest) as Marked | undefined;
  if (!marked) return undefined;
  const { controller, method } = marked;
  const instance = app.get<Record<string, (...given: unknown[]) => unknown>>(controller);
  const handler = instance[method]!;
  const guards: CanActivate[] = [app.get(AccessGuard), app.get(ValidationGuard)];
  const parameters = parametersOf(marked);

  return async (request) => {
    const context = new ExecutionContextHost([request], controller, handler);
    for (const guard of guards) {
      const passed = guard.canActivate(context);
      if (passed !== true) await passed;
    }
    return handler.apply(
      instance,
      parameters.map((parameter) => parameter(request, context)),
    );
  };
}

type Parameter = (request: FastifyRequest, context: ExecutionContext) => unknown;

/** As Nest keeps it: by the kind of a parameter and its place, `3:0`. */
type Kept = Record<
  string,
  {
    readonly data?: string;
    readonly factory?: (data: unknown, context: ExecutionContext) => unknown;
  }
>;

function parametersOf({ controller, method }: Marked): Parameter[] {
  const kept = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Kept;
  const parameters: Parameter[] = [];
  for (const [key, { data, factory }] of Object.entries(kept)) {
    const [kind, index] = key.split(':');
    parameters[Number(index)] = parameterOf();

    function parameterOf(): Parameter {
      if (kind!.includes(CUSTOM_ROUTE_ARGS_METADATA))
        return (_, context) => factory!(data, context);
      switch (Number(kind)) {
        case RouteParamtypes.REQUEST:
          return (request) => request;
        case RouteParamtypes.BODY:
          return ({ body }) => body;
        case RouteParamtypes.PARAM:
          return ({ params }) => (params as Record<string, unknown>)[data!];
        default:
          throw new Error(`A direct handler takes no such parameter: ${key} of ${method}`);
      }
    }
  }
  return parameters;
}
