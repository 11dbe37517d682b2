import type { OpenAPIObject } from '@nestjs/swagger';
import { REFUSALS, type Refusal, type Route } from './refusals.ts';

type Methods = OpenAPIObject['paths'][string];
type Operation = NonNullable<Methods['get']>;

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem details. Some have further members, such as `minimumBid`.',
  properties: {
    type: { type: 'string', description: 'urn:gavel:problem: and the code' },
    title: { type: 'string' },
    status: { type: 'integer', description: 'of the answer' },
    code: { type: 'string', description: 'for programs; it stays what it is' },
    detail: { type: 'string', description: 'for people: what is wrong, and what to do' },
    correlationId: { type: 'string', description: 'for support; also X-Correlation-Id' },
    faults: {
      type: 'array',
      description: 'of invalid_request',
      items: {
        type: 'object',
        properties: { field: { type: 'string' }, message: { type: 'string' } },
        required: ['field', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'code', 'detail', 'correlationId'],
} as const;

/** Says of each operation how it may refuse, and who may ask it at all. */
export function describeRefusals(document: OpenAPIObject): void {
  document.components!.schemas!.Problem = PROBLEM as never;
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods) as [string, Operation][]) {
      addRoles(operation);
      addRefusals(operation, routeOf(path, method, operation));
    }
  }
}

function routeOf(path: string, method: string, { parameters = [], tags = [] }: Operation): Route {
  const names = parameters.map((parameter) => ('name' in parameter ? parameter.name : ''));
  return {
    changes: method === 'post',
    hasParameters: path.includes('{'),
    hasPreconditions: names.some((name) => name.toLowerCase() === 'if-match'),
    tags,
    path,
  };
}

function addRoles(operation: Operation): void {
  const roles = (operation as { 'x-roles'?: readonly string[] })['x-roles'] ?? [];
  const who = `For the roles ${roles.join(', ')}.`;
  operation.description = [operation.description, who].filter(Boolean).join('\n\n');
}

function addRefusals(operation: Operation, route: Route): void {
  const met = REFUSALS.filter(({ of }) => !of || of(route));
  for (const status of new Set(met.map((refusal) => refusal.status))) {
    const codes = Object.assign(
      {},
      ...met.filter((each) => each.status === status).map((each) => each.codes),
    ) as Refusal['codes'];
    operation.responses[String(status)] = {
      description: Object.entries(codes)
        .map(([code, meaning]) => `\`${code}\`: ${meaning}`)
        .join('; '),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          example: exampleOf(status, codes),
        },
      },
    };
  }
}

function exampleOf(status: number, codes: Refusal['codes']) {
  const [[code, meaning] = ['', '']] = Object.entries(codes);
  return {
    type: `urn:gavel:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status,
    code,
    detail: meaning,
    correlationId: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
}
