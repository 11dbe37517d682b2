import { z } from 'zod';

type Optional<Shape extends z.ZodRawShape> = {
  [Key in keyof Shape]: z.ZodOptional<
    Shape[Key] extends z.ZodDefault<infer Inner extends z.ZodType> ? Inner : Shape[Key]
  >;
};

/** Some of these fields: what a request does not name stays as it is, and gets no default. */
export function someOf<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Optional<Shape>> {
  const fields = Object.entries(shape).map(([name, field]) => {
    return [name, describedAs(field, withoutDefault(field).optional())];
  });
  return z.object(Object.fromEntries(fields) as Optional<Shape>);
}

const describedAs = (field: z.core.$ZodType, other: z.ZodType): z.ZodType => {
  const { description } = field as z.ZodType;
  return description === undefined ? other : other.describe(description);
};

const withoutDefault = (field: z.core.$ZodType): z.ZodType =>
  field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : (field as z.ZodType);

/**
 * The same at every depth: an object within an object keeps what is not named of it. Lists and tables are
 * one value each. Merge it with what there is, and check the whole.
 */
export function someAtAnyDepth<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Optional<Shape>> {
  const fields = Object.entries(shape).map(([name, field]) => {
    const within = objectIn(field);
    if (!within) return [name, field];
    const some = someAtAnyDepth(within.shape);
    return [name, describedAs(field, isNullable(field) ? some.nullable() : some)];
  });
  return someOf(Object.fromEntries(fields) as Shape);
}

/** What there is, with what is named of it as it is wanted. */
export function merged(
  shape: z.ZodRawShape,
  known: object | null | undefined,
  wanted: object,
): object {
  const before = (known ?? {}) as Readonly<Record<string, unknown>>;
  const named = Object.entries(wanted).filter(([, value]) => value !== undefined);
  const after = named.map(([name, value]) => {
    const within = objectIn(shape[name]!);
    const isPart = within && value !== null;
    return [name, isPart ? merged(within.shape, before[name] as object, value as object) : value];
  });
  return { ...before, ...Object.fromEntries(after) };
}

function objectIn(field: z.core.$ZodType): z.ZodObject | undefined {
  if (field instanceof z.ZodObject) return field;
  const isWrapped =
    field instanceof z.ZodDefault ||
    field instanceof z.ZodNullable ||
    field instanceof z.ZodOptional;
  return isWrapped ? objectIn(field.unwrap() as z.core.$ZodType) : undefined;
}

const isNullable = (field: z.core.$ZodType): boolean => z.core.safeParse(field, null).success;
