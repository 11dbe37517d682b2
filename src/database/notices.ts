import type { EntityManager } from 'typeorm';
import { Notice, type NoticeKind } from './entities/index.ts';

/** Operators read the notices addressed to this name. */
export const OPERATORS = 'operators';

/** Tells a person something once, in the transaction that makes it true. */
export async function notify(
  tx: EntityManager,
  notice: {
    recipientId: string;
    kind: NoticeKind;
    subjectId: string;
    text: string;
    occasion?: number;
    cause?: string;
  },
): Promise<void> {
  await tx.createQueryBuilder().insert().into(Notice).values(notice).orIgnore().execute();
}
