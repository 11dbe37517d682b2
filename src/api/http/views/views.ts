import { z } from 'zod';
import type { Access } from '../access.ts';

/** As what a caller sees a row: by their role in the house, else by what they have to do with it. */
export type Viewer = 'operator' | 'finance' | 'seller' | 'bidder';

export const isOperator = ({ roles }: Pick<Access, 'roles'>): boolean =>
  roles.includes('operator') || roles.includes('admin');

/**
 * Roles add up: who works for the house sees an own sale as its seller, too. Whoever is both bidder and
 * seller sees an own sale as its seller, and everything else as a bidder.
 */
export function viewersOf(
  access: Pick<Access, 'id' | 'roles' | 'seesAll'>,
  row: { readonly sellerId?: string } = {},
): readonly [Viewer, ...Viewer[]] {
  const sells = access.roles.includes('seller') && row.sellerId === access.id;
  if (!access.seesAll) return [sells ? 'seller' : 'bidder'];
  return [isOperator(access) ? 'operator' : 'finance', ...(sells ? (['seller'] as const) : [])];
}

type Fields = z.ZodRawShape;

/** What each sees of a resource, field by field: what is not listed for somebody stays hidden. */
export interface Views<Whole extends Fields> {
  /** Of any of them, for the documents. */
  readonly schema: z.ZodType;
  of(
    viewers: readonly [Viewer, ...Viewer[]],
    whole: z.infer<z.ZodObject<Whole>>,
  ): Partial<z.infer<z.ZodObject<Whole>>>;
}

/**
 * `whole` is what operators see. The others' views are parts of it; one that is not given is refused
 * by the routes.
 */
export function viewsOf<Whole extends Fields>(
  whole: z.ZodObject<Whole>,
  others: Partial<Record<Exclude<Viewer, 'operator'>, z.ZodObject>>,
): Views<Whole> {
  const parts = new Map<Viewer, z.ZodObject>([
    ['operator', whole],
    ...(Object.entries(others) as [Viewer, z.ZodObject][]),
  ]);
  const [first, second, ...more] = new Set(parts.values());
  return {
    schema: second ? z.union([first!, second, ...more]) : first!,
    of(viewers, row) {
      const shapes = viewers.map((viewer) => {
        const part = parts.get(viewer);
        if (!part) throw new Error(`nobody has decided what a ${viewer} sees here`);
        return part.shape;
      });
      const fields = Object.keys(Object.assign({}, ...shapes) as Fields);
      const seen = fields.map((field) => [field, row[field as keyof typeof row]]);
      return Object.fromEntries(seen) as Partial<typeof row>;
    },
  };
}

/** A part of a resource, under a name of its own in the documents. */
export const partOf = <Whole extends Fields, Field extends keyof Whole & string>(
  whole: z.ZodObject<Whole>,
  id: string,
  fields: readonly Field[],
): z.ZodObject<Pick<Whole, Field>> => {
  const shape = Object.fromEntries(fields.map((field) => [field, whole.shape[field]]));
  return z.object(shape as Pick<Whole, Field>).meta({ id });
};
