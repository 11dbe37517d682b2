import type { CanActivate, ExecutionContext, INestApplication, Type } from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  HEADERS_METADATA,
  HTTP_CODE_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
  REDIRECT_METADATA,
} from '@nestjs/common/constants.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { FastifyRequest, RouteHandlerMethod } from 'fastify';
import { GUARDS } from './guards.ts';
import { forbidden } from './problem.ts';
import { routeParameters, type RouteParameter } from './route-parameters.ts';

const DIRECT = 'gavel:direct';

interface Marked {
  readonly controller: Type;
  readonly method: string;
}

/**
 * For a handler that is called thousands of times a second: Fastify calls it, not Nest, whose dispatch
 * makes a dozen promises and contexts, a seventh of what a bid costs this process. The guards of every
 * route and the decorators of parameters hold as ever; it answers 200, and more it may not ask of Nest.
 */
export const Direct = (): MethodDecorator => (prototype, method, descriptor) => {
  const marked = { controller: prototype.constructor, method };
  Reflect.defineMetadata(DIRECT, marked, descriptor.value as object);
};

/**
 * What serves a route instead of the handler that Nest has made for it, if that is marked. Throws when
 * it asks for what only Nest's dispatch does.
 */
export function directHandler(
  ofNest: object,
  app: INestApplication | undefined,
): RouteHandlerMethod | undefined {
  const marked = Reflect.getMetadata(DIRECT, ofNest) as Marked | undefined;
  if (!marked) return undefined;
  const { controller, method } = marked;
  if (!app) throw refusal(marked, 'the adapter does not know the application');
  const instance = app.get<Record<string, (...given: unknown[]) => unknown>>(controller);
  const handler = instance[method]!;
  refuseWhatNestDoes(marked, handler);
  const guards = GUARDS.map((guard) => app.get<CanActivate>(guard));
  const parameters = parametersOf(marked);

  return (request, reply) => {
    const context = new ExecutionContextHost([request, reply], controller, handler);
    const call = () =>
      handler.apply(
        instance,
        parameters.map((parameter) => parameter(request, context)),
      );
    const passing = pass(guards, context);
    return passing ? passing.then(call) : Promise.resolve(call());
  };
}

/** Undefined when all have agreed at once, as they mostly do: then nobody waits for a promise. */
function pass(
  guards: readonly CanActivate[],
  context: ExecutionContext,
): Promise<void> | undefined {
  for (let i = 0; i < guards.length; i += 1) {
    const agreed = guards[i]!.canActivate(context);
    if (agreed === true) continue;
    return Promise.resolve(agreed).then((late) => {
      if (late !== true) throw forbidden('You may not do this.');
      return pass(guards.slice(i + 1), context);
    });
  }
  return undefined;
}

function refuseWhatNestDoes(marked: Marked, handler: object): void {
  for (const metadata of ONLY_NEST_DOES) {
    for (const on of [handler, marked.controller]) {
      if (Reflect.hasMetadata(metadata, on)) throw refusal(marked, `it has ${metadata}`);
    }
  }
  if (Reflect.getMetadata(HTTP_CODE_METADATA, handler) !== 200) {
    throw refusal(marked, 'it answers another status than 200');
  }
}

const ONLY_NEST_DOES = [
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
  EXCEPTION_FILTERS_METADATA,
  HEADERS_METADATA,
  REDIRECT_METADATA,
];

type Parameter = (request: FastifyRequest, context: ExecutionContext) => unknown;

function parametersOf(marked: Marked): Parameter[] {
  const parameters: Parameter[] = [];
  for (const given of routeParameters(marked.controller, marked.method)) {
    const parameter = given.hasPipes ? undefined : parameterOf(given);
    if (!parameter) throw refusal(marked, `it takes such a parameter as number ${given.index}`);
    parameters[given.index] = parameter;
  }
  return parameters;
}

function parameterOf({ of, name, factory }: RouteParameter): Parameter | undefined {
  if (of === 'custom') return (_, context) => factory(context);
  if (of === 'request') return (request) => request;
  if (of === 'body' && name === undefined) return ({ body }) => body;
  if (of === 'params' && name !== undefined)
    return ({ params }) => (params as Record<string, unknown>)[name];
  return undefined;
}

const refusal = ({ controller, method }: Marked, why: string) =>
  new Error(`${controller.name}.${method} cannot be direct: ${why}`);
