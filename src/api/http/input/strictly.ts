import { z } from 'zod';
import { textFault } from '../../../domain/common/text.ts';
import { unknownName } from './nearest.ts';

type Schema = z.core.$ZodType;

/**
 * The same schema, but at every depth it takes no field that it does not name and no ill-formed text. Of
 * what a request says nothing is dropped, and nobody who writes a schema can forget either.
 */
export function strictly(schema: Schema): Schema {
  const { def } = schema._zod as (z.core.$ZodTypes & Schema)['_zod'];
  switch (def.type) {
    case 'object': {
      const fields = Object.entries(def.shape).map(([name, field]) => [name, strictly(field)]);
      const shape = Object.fromEntries(fields) as z.core.$ZodShape;
      return remade(schema, { shape, catchall: unknownField(Object.keys(shape)) });
    }
    case 'array':
      return remade(schema, { element: strictly(def.element) });
    case 'record':
      return remade(schema, {
        keyType: strictly(def.keyType),
        valueType: strictly(def.valueType),
      });
    case 'union':
      return remade(schema, { options: def.options.map(strictly) });
    case 'pipe':
      return remade(schema, { in: strictly(def.in), out: strictly(def.out) });
    case 'optional':
    case 'nullable':
    case 'default':
    case 'readonly':
      return remade(schema, { innerType: strictly(def.innerType) });
    case 'string':
      // A form, such as a UUID's, says by itself which characters it has.
      return 'format' in def ? schema : (schema as z.ZodString).superRefine(mustBePlain);
    default:
      if (KNOWN.has(def.type)) return schema;
      throw new Error(`An input is described by z.${def.type}(), which strictly() does not know`);
  }
}

const KNOWN = new Set(['number', 'boolean', 'enum', 'literal', 'null', 'transform', 'never']);

/** With everything else that it has: checks, messages, and defaults, which are made anew for each request. */
const remade = (schema: Schema, but: Readonly<Record<string, unknown>>): Schema =>
  z.core.util.clone(schema, z.core.util.mergeDefs(schema._zod.def as never, but));

const unknownField = (known: readonly string[]): Schema =>
  z.custom(() => false, {
    error: ({ path = [] }) => unknownName(String(path.at(-1)), known),
  });

function mustBePlain(text: string, context: z.core.$RefinementCtx<string>): void {
  const message = textFault(text);
  if (message) context.addIssue({ code: 'custom', message, input: text });
}
