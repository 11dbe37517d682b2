import { In, IsNull, type EntityManager } from 'typeorm';
import { Notice, type NoticeKind } from './entities/index.ts';

/** A box that people share; no person is addressed by it, whatever their name. */
export type SharedBox = { readonly box: 'operators' | 'finance' };

/** Operators read the notices addressed to them together. */
export const OPERATORS: SharedBox = { box: 'operators' };
/** So does finance: what ledger and PayPal differ in is theirs to mend. */
export const FINANCE: SharedBox = { box: 'finance' };

/** Tells a person, or who shares a box, something once, in the transaction that makes it true. */
export async function notify(
  tx: EntityManager,
  {
    recipientId: to,
    ...notice
  }: {
    recipientId: string | SharedBox;
    kind: NoticeKind;
    subjectId: string;
    text: string;
    occasion?: number;
    cause?: string;
  },
): Promise<void> {
  const recipient =
    typeof to === 'string'
      ? { recipientKind: 'person' as const, recipientId: to }
      : { recipientKind: to.box, recipientId: to.box };
  const values = { ...notice, ...recipient };
  await tx.createQueryBuilder().insert().into(Notice).values(values).orIgnore().execute();
}

/** What these notices are about is over: nobody needs to act on them any more. Safe to repeat. */
export async function closeNotices(
  tx: EntityManager,
  subjectId: string,
  kinds: readonly NoticeKind[],
): Promise<void> {
  await tx.update(
    Notice,
    { subjectId, kind: In([...kinds]), closedAt: IsNull() },
    { closedAt: () => 'clock_timestamp()' },
  );
}
