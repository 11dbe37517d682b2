import type { SwaggerDocumentOptions } from '@nestjs/swagger';
import { z } from 'zod';

/** Of whom a field's name tells the unit. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/Minor$|^(minimum|maximum)Bid$/, 'minor units'],
  [/^(share|buyersPremium|sellersCommission)$/, 'basis points'],
];

/**
 * A schema as the document has it. What a request says is taken strictly (`../input/strictly.ts`), so its
 * objects have no further fields; and what is counted has its unit.
 */
export const documented: SwaggerDocumentOptions['standardSchemaConverter'] = (
  schema,
  { schemaType },
) => {
  if (!(schema instanceof z.ZodType)) return undefined;
  const {
    $schema: _,
    definitions,
    ...converted
  } = z.toJSONSchema(schema, {
    io: schemaType,
    target: 'openapi-3.0',
    override({ jsonSchema }) {
      if (!jsonSchema.properties) return;
      if (schemaType === 'input') jsonSchema.additionalProperties = false;
      for (const [name, field] of Object.entries(jsonSchema.properties)) addUnit(name, field);
    },
  });
  return { schema: converted, components: definitions as Record<string, unknown> };
};

function addUnit(name: string, field: z.core.JSONSchema._JSONSchema): void {
  const unit = UNITS.find(([names]) => names.test(name))?.[1];
  if (!unit || typeof field === 'boolean' || field.description?.includes(unit)) return;
  field.description = field.description ? `${unit}; ${field.description}` : unit;
}
