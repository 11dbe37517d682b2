import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../src/api/http/tokens.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { operationsOf, type JsonSchema, type OpenApi } from '../support/openapi.ts';

let test: TestDatabase;
let api: TestApi;
let document: OpenApi;

beforeAll(async () => {
  test = await createTestDatabase();
  api = await startApi(test);
  document = (await api.get<OpenApi>('/openapi.json')).json;
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

describe('each operation of the OpenAPI document', () => {
  it('has a summary, the roles that may, and the refusals that any may meet', () => {
    for (const { name, method, path, operation } of operationsOf(document)) {
      expect(operation.summary, name).toMatch(/^[A-Z`].{5,}/);
      expect(operation['x-roles'], name).toContain('admin');
      expect(ROLES, name).toEqual(expect.arrayContaining(operation['x-roles']!));
      for (const role of operation['x-roles']!) expect(operation.description, name).toContain(role);
      const refusals = ['400', '401', '403', '500', '503'];
      if (path.includes('{')) refusals.push('404', '414');
      if (method === 'POST') refusals.push('409', '413', '415', '422');
      for (const status of refusals) {
        const content = operation.responses[status]?.content?.['application/problem+json'];
        expect(content, `${name} ${status}`).toMatchObject({
          schema: { $ref: '#/components/schemas/Problem' },
          example: { status: Number(status), code: expect.stringMatching(/^[a-z_]+$/) },
        });
      }
    }
  });

  it('takes no field that it does not name', () => {
    for (const { name, operation } of operationsOf(document)) {
      const body = operation.requestBody?.content['application/json']?.schema;
      if (!body) continue;
      for (const [path, schema] of schemasIn(body)) {
        if (schema.properties) expect(schema.additionalProperties, `${name} ${path}`).toBe(false);
      }
    }
  });
});

describe('each field of the OpenAPI document', () => {
  const fields = () => {
    const named = Object.values(document.components.schemas).flatMap((schema) => [
      ...schemasIn(schema),
    ]);
    return named.map(([path, schema]) => [path.split('.').at(-1)!, schema] as const);
  };

  it('that is counted has its unit, or a form that has one', () => {
    const counted: [RegExp, (schema: JsonSchema) => void][] = [
      [
        /Minor$|^(minimum|maximum)Bid$/,
        (schema) => expect(schema.description).toContain('minor units'),
      ],
      [
        /^(share|buyersPremium|sellersCommission)$/,
        (schema) => expect(schema.description).toContain('basis points'),
      ],
      [/(At|Until)$/, (schema) => expect(['date-time', 'duration']).toContain(schema.format)],
      [
        /^(paymentWindow|secondChanceWindow|inspection|longestHold|window|extendBy|lastSafeMoment)$/,
        (schema) => expect(schema.format).toBe('duration'),
      ],
    ];
    for (const [names, hasUnit] of counted) {
      const found = fields().filter(([name]) => names.test(name));
      expect(found.length).toBeGreaterThan(2);
      for (const [, schema] of found) hasUnit(schema);
    }
  });

  it('has a pattern, if any, from which examples can be made: no classes of Unicode', () => {
    const patterns = JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g);
    const found = [...patterns].map(([, pattern]) => JSON.parse(pattern!) as string);
    expect(found.length).toBeGreaterThan(10);
    for (const pattern of found) expect(pattern).not.toMatch(/\\p\{|\(\?<?[=!]/);
  });

  it('is required when it is: an auction that is in no sale needs its end', () => {
    expect(document.components.schemas.CreateAuction).toMatchObject({
      anyOf: [{ required: ['closesAt'] }, { required: ['saleId'] }],
    });
    expect(document.components.schemas.WritePolicy!.required ?? []).toEqual([]);
    expect(document.components.schemas.Policy!.required).toContain('reminders');
  });
});

/** Every schema within one, with the path of names to it. */
function* schemasIn(given: JsonSchema, path = ''): Generator<[string, JsonSchema]> {
  const schema = given.$ref ? document.components.schemas[given.$ref.split('/').at(-1)!]! : given;
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield* schemasIn(field, `${path}.${name}`);
  }
  if (schema.items) yield* schemasIn(schema.items, `${path}.0`);
  for (const one of schema.anyOf ?? []) yield* schemasIn(one, `${path}.`);
}
