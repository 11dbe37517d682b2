import { z } from 'zod';

type Optional<Shape extends z.ZodRawShape> = {
  [Key in keyof Shape]: z.ZodOptional<
    Shape[Key] extends z.ZodDefault<infer Inner extends z.ZodType> ? Inner : Shape[Key]
  >;
};

/** Some of these fields: what a request does not name stays as it is, and gets no default. */
export function someOf<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Optional<Shape>> {
  const fields = Object.entries(shape).map(([name, field]) => {
    const optional = withoutDefault(field).optional();
    const { description } = field as z.ZodType;
    return [name, description === undefined ? optional : optional.describe(description)];
  });
  return z.object(Object.fromEntries(fields) as Optional<Shape>);
}

const withoutDefault = (field: z.core.$ZodType): z.ZodType =>
  field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : (field as z.ZodType);
