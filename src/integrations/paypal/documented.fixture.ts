import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

// Bodies made from PayPal's published OpenAPI documents, which are kept outside of the repository.
const DOCUMENTS = resolve(import.meta.dirname, '../../../../shared/paypal/openapi');

export const documentsAreAtHand = existsSync(DOCUMENTS);

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Path = readonly (string | number)[];

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

/** A whole body of a schema, and where in it something may be left out, or may have a value of a list. */
export interface Documented {
  readonly body: { [name: string]: Json };
  readonly optional: readonly Path[];
  readonly listed: readonly Path[];
}

const DEEPEST = 5;

/** Each field at the top, and around what a reader reads; of what is made up below, the whole alone. */
const isTried = (wanted: Json | undefined, at: Path): boolean =>
  wanted !== undefined || at.length < 3;

/** All that a document says of one of its schemas; `known` values stand in place of made-up ones. */
export function documented(
  document: string,
  schemaName: string,
  known: { [name: string]: Json },
): Documented {
  const { components } = JSON.parse(
    readFileSync(resolve(DOCUMENTS, `${document}.json`), 'utf8'),
  ) as { components: { schemas: Record<string, Schema> } };
  const optional: Path[] = [];
  const listed: Path[] = [];

  const whole = (schema: Schema): Schema => {
    const named = schema.$ref && components.schemas[schema.$ref.split('/').at(-1)!];
    const own = named ? { ...whole(named), ...schema, $ref: undefined } : schema;
    const parts = [...(own.allOf ?? []), ...(own.oneOf ?? own.anyOf ?? []).slice(0, 1)].map(whole);
    return parts.reduce<Schema>(
      (sum, part) => ({
        ...part,
        ...sum,
        properties: { ...part.properties, ...sum.properties },
        required: [...(part.required ?? []), ...(sum.required ?? [])],
      }),
      { ...own, allOf: undefined, oneOf: undefined, anyOf: undefined },
    );
  };

  const make = (given: Schema, wanted: Json | undefined, at: Path): Json | undefined => {
    const schema = whole(given);
    if (schema.enum && isTried(wanted, at)) listed.push(at);
    if (schema.properties && Object.keys(schema.properties).length > 0) {
      if (at.length > DEEPEST && wanted === undefined) return undefined;
      const isMoney = 'currency_code' in schema.properties && 'value' in schema.properties;
      const hoped = wanted ?? (isMoney ? { currency_code: 'EUR', value: '1.00' } : undefined);
      const made: { [name: string]: Json } = {};
      for (const [name, property] of Object.entries(schema.properties)) {
        const inner = isObject(hoped) ? hoped[name] : undefined;
        const value = make(property, inner, [...at, name]);
        if (value === undefined) continue;
        made[name] = value;
        if (!schema.required?.includes(name) && isTried(wanted, at)) optional.push([...at, name]);
      }
      return { ...(isObject(wanted) ? wanted : {}), ...made };
    }
    if (schema.type === 'array' && schema.items) {
      const all = Array.isArray(wanted) ? wanted : [undefined];
      return all.flatMap((each, i) => make(schema.items!, each, [...at, i]) ?? []);
    }
    return wanted ?? madeUp(schema);
  };

  const body = make(components.schemas[schemaName]!, known, []);
  if (!isObject(body)) throw new Error(`${document} has no ${schemaName}`);
  return { body, optional, listed };
}

function madeUp(schema: Schema): Json {
  if (schema.enum) return schema.enum[0]!;
  if (schema.format === 'date-time') return '2026-11-21T13:00:00Z';
  switch (schema.type) {
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return 'text';
  }
}

/** The body with something else at a place; with nothing there, when that is left out. */
export function changed(body: { [name: string]: Json }, path: Path, value?: Json) {
  const copy = structuredClone(body);
  const at = path.slice(0, -1).reduce<Json>((inner, step) => (inner as never)[step], copy);
  const last = path.at(-1)!;
  if (value === undefined) delete (at as { [name: string]: Json })[last];
  else (at as { [name: string]: Json })[last] = value;
  return copy;
}

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
