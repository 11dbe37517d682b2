import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/api/http/tokens.ts';
import { startApi, type AnyBody, type Answer, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { operationsOf, type JsonSchema, type OpenApi, type Operation } from '../support/openapi.ts';
import { Rows } from '../support/rows.ts';

/**
 * Whatever comes in, at every operation that the OpenAPI document has, in each parameter and each field of
 * a body: no answer is a fault of ours, and each is one that the document tells of.
 */
let test: TestDatabase;
let api: TestApi;
let document: OpenApi;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  test = await createTestDatabase();
  const rows = new Rows(test.pool);
  api = await startApi(test);
  document = (await api.get<OpenApi>('/openapi.json')).json;
  const auction = await rows.auction({ sellerId: 'sara' });
  const offer = await rows.offer(await rows.auction({ state: 'awarded' }), { state: 'paid' });
  const payment = await rows.payment(offer, { state: 'captured', captureId: 'CAPTURE1' });
  ids = {
    auctions: auction,
    offers: offer,
    payments: payment,
    disbursements: await rows.disbursement(payment),
    'erp-documents': await rows.erpDocument(auction, 'rejected'),
    refundId: await rows.refund(payment),
  };
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

/** JSON has 1e400, which reads as infinity. */
const INFINITE = '1e400 as JSON';
const DEEP = Array.from({ length: 2_000 }).reduce<unknown>((inner) => [inner], []);
const IN_BODIES: readonly unknown[] = [
  -1,
  0,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  INFINITE,
  '',
  ' ',
  'a\0b',
  'a\ud83d',
  'x'.repeat(20_000),
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '99999-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  'P999999999D',
  'null',
  null,
  true,
  [],
  {},
  DEEP,
  Array.from({ length: 1_000 }, () => 'x'),
  { constructor: { prototype: 1 } },
];
const IN_TEXTS = [
  '',
  '%20',
  '-1',
  '0',
  '1.5',
  '2147483648',
  '9007199254740992',
  '9223372036854775808',
  '1e400',
  'NaN',
  '0x10',
  '%00',
  'a%00b',
  '%F0%9F%98',
  '%ED%A0%BD',
  'x'.repeat(399),
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '99999-01-01T00:00:00Z',
  'EUR:%C3%A9',
  '999999999999999:-999999999999999',
  "'%22;--",
  '__proto__',
];

const operations = () => operationsOf(document);
type Named = ReturnType<typeof operations>[number];

describe('no answer is a fault of ours, and each is documented', () => {
  it('whatever stands in a path or a query', async () => {
    for (const operation of operations()) {
      for (const { name, in: place } of operation.operation.parameters ?? []) {
        if (place === 'header') continue;
        for (const text of IN_TEXTS) {
          const path =
            place === 'path'
              ? pathOf(operation, { [name]: text })
              : `${pathOf(operation)}?${requiredQuery(operation, name)}${name}=${text}`;
          await judge(operation, path, sampleBody(operation));
        }
      }
    }
  }, 300_000);

  it('whatever stands in a field of a body, at any depth', async () => {
    for (const operation of operations()) {
      const sample = sampleBody(operation);
      if (sample === undefined) continue;
      const schema = bodySchema(operation.operation)!;
      for (const value of [...IN_BODIES.filter((one) => typeof one !== 'object'), [], null]) {
        await judge(operation, pathOf(operation), value);
      }
      for (const field of fieldsOf(schema)) {
        for (const value of IN_BODIES) {
          await judge(operation, pathOf(operation), withField(sample, field, value));
        }
      }
    }
  }, 300_000);

  it.each([
    ['idempotency-key', ['', ' ', '\xe9', 'k'.repeat(5_000)]],
    ['last-event-id', ['', ',,,', '1.1', '\xff', '9'.repeat(4_000), '1.1:2.2', '0.-1']],
    ['traceparent', ['', '00-zz-1-1', '\xff'.repeat(50)]],
    ['if-match', ['', '*', '"', 'W/"1"', '"1e400"', '"\xff"']],
    ['authorization', ['', 'Bearer', 'Bearer ', 'Bearer a.b.c', 'Basic eA==', 'Bearer \xff']],
    ['content-type', ['text/plain', 'application/json; charset=x', 'multipart/form-data', ';']],
  ])(
    'whatever stands in the header %s',
    async (name, values) => {
      for (const operation of operations()) {
        for (const value of values) {
          await judge(operation, pathOf(operation), sampleBody(operation), { [name]: value });
        }
      }
    },
    300_000,
  );
});

it('a field and a parameter that the document does not know is refused at every operation', async () => {
  for (const operation of operations()) {
    const token = await tokenFor(operation.operation, 0);
    const query = requiredQuery(operation, '');
    const asked = await send(
      operation,
      `${pathOf(operation)}?${query}unknownOne=1`,
      undefined,
      token,
    );
    expect([operation.name, asked.status, asked.text]).toEqual([
      operation.name,
      400,
      expect.stringContaining('unknownOne: is not known here'),
    ]);
    if (operation.method === 'GET') continue;
    const schema = bodySchema(operation.operation);
    const depths = schema ? objectsIn(schema) : [[]];
    for (const depth of depths) {
      const body = withField(sampleBody(operation) ?? {}, [...depth, 'unknownOne'], 1);
      const { status, text } = await send(operation, pathOf(operation), body, token);
      const field = [...depth, 'unknownOne'].join('.');
      expect([operation.name, status, text]).toEqual([
        operation.name,
        400,
        expect.stringContaining(`${field}: is not known here`),
      ]);
    }
  }
}, 300_000);

let asked = 0;

/** As each of the roles that may, in turn. */
async function judge(
  operation: Named,
  path: string,
  body: unknown,
  headers?: Record<string, string>,
): Promise<void> {
  asked += 1;
  const token = await tokenFor(operation.operation, asked);
  const answer = await send(operation, path, body, token, headers);
  const what = `${operation.name}: ${path.slice(0, 200)} ${JSON.stringify(body)?.slice(0, 200)} ${JSON.stringify(headers)} ${answer.text.slice(0, 300)}`;
  expect(answer.status, what).toBeLessThan(500);
  expect(Object.keys(operation.operation.responses), what).toContain(String(answer.status));
  if (answer.status >= 400 && answer.text) expect(answer.json.code, what).toMatch(/^[a-z][a-z_]+$/);
}

function send(
  operation: Named,
  url: string,
  body: unknown,
  token: string,
  headers: Record<string, string> = {},
): Promise<Answer<AnyBody>> {
  // A stream that begins has no end; what a HEAD request is told is the same.
  const method = url.includes('/live') && !url.includes('unknownOne') ? 'HEAD' : operation.method;
  return api.send(method, url, {
    token,
    headers,
    ...(operation.method === 'POST' && {
      body:
        body === undefined ? undefined : JSON.stringify(body).replaceAll(`"${INFINITE}"`, '1e400'),
    }),
  });
}

const tokens = new Map<string, Promise<string>>();
function tokenFor({ 'x-roles': roles = [] }: Operation, turn: number): Promise<string> {
  const role = roles[turn % roles.length] as Role;
  const known = tokens.get(role) ?? api.token(`some-${role}`, [role]);
  tokens.set(role, known);
  return known;
}

const NOBODY = '0197f3a0-0000-7000-8000-000000000000';

function pathOf({ path }: Named, given: Readonly<Record<string, string>> = {}): string {
  const resource = path.split('/')[2]!;
  return path.replace(/\{(\w+)\}/g, (_, name: string) => given[name] ?? exampleOf(name, resource));
}

function exampleOf(name: string, resource: string): string {
  if (name === 'box') return 'outbox';
  if (name === 'name') return resource === 'reports' ? 'sales' : 'standard';
  if (name === 'account') return 'house';
  if (name === 'ownerId' || name === 'bidderId') return 'anna';
  if (['bidders', 'sellers'].includes(resource)) return 'sara';
  if (resource === 'messages' || resource === 'ledger') return '1';
  return ids[name] ?? ids[resource] ?? NOBODY;
}

function requiredQuery({ operation }: Named, but: string): string {
  const examples: Readonly<Record<string, string>> = {
    currency: 'EUR',
    from: '2026-11-01T00:00:00Z',
    auction: NOBODY,
  };
  return (operation.parameters ?? [])
    .filter((each) => each.in === 'query' && each.required && each.name !== but)
    .map(({ name }) => `${name}=${examples[name]}&`)
    .join('');
}

const bodySchema = ({ requestBody }: Operation): JsonSchema | undefined => {
  const schema = requestBody?.content['application/json']?.schema;
  return schema && resolved(schema);
};

function resolved(schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name ? document.components.schemas[name]! : schema;
}

const sampleBody = ({ operation }: Named): object | undefined => {
  const schema = bodySchema(operation);
  return schema && (sampleOf(schema) as object);
};

/** All fields, so that each depth is there. */
function sampleOf(given: JsonSchema): unknown {
  const schema = resolved(given);
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf && !schema.properties) return sampleOf(schema.anyOf.at(-1)!);
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, field]) => [name, sampleOf(field)]),
      );
    case 'array':
      return Array.from({ length: Math.max(1, schema.minItems ?? 1) }, () =>
        sampleOf(schema.items!),
      );
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1);
    case 'boolean':
      return false;
    default:
      if (schema.format === 'date-time') return '2026-12-01T00:00:00Z';
      if (schema.format === 'uuid') return NOBODY;
      return schema.format === 'duration' ? 'P1D' : 'ABCDE';
  }
}

type Path = readonly (string | number)[];

/** The paths to all fields. */
function fieldsOf(given: JsonSchema, path: Path = []): Path[] {
  const schema = resolved(given);
  if (schema.anyOf && !schema.properties) return fieldsOf(schema.anyOf.at(-1)!, path);
  const inside = schema.items
    ? [[0, schema.items] as const]
    : Object.entries(schema.properties ?? {});
  return inside.flatMap(([name, field]) => {
    const here = [...path, name];
    return [here, ...fieldsOf(field, here)];
  });
}

/** The paths to all objects whose fields are named. */
const objectsIn = (schema: JsonSchema): Path[] =>
  [[], ...fieldsOf(schema)].filter((path) => at(schema, path).properties);

function at(given: JsonSchema, path: Path): JsonSchema {
  const schema = resolved(given);
  if (schema.anyOf && !schema.properties) return at(schema.anyOf.at(-1)!, path);
  const [name, ...rest] = path;
  if (name === undefined) return schema;
  return at(name === 0 ? schema.items! : schema.properties![name]!, rest);
}

function withField(sample: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value;
  const inner = withField((sample as Record<string, unknown>)[name], rest, value);
  if (Array.isArray(sample)) return sample.with(name as number, inner);
  return { ...(sample as object), [name]: inner };
}
