import type { EntityManager, EntityTarget, ObjectLiteral, QueryDeepPartialEntity } from 'typeorm';
import { LIFECYCLES, type SubjectKind } from '../domain/lifecycle/index.ts';
import {
  moveFor,
  type ActorKind,
  type EventOf,
  type Lifecycle,
  type StateOf,
} from '../domain/lifecycle/lifecycle.ts';
import { noticesOver } from '../domain/notice/notices.ts';
import {
  Approval,
  Auction,
  DifferenceRow,
  Disbursement,
  Dispute,
  ErpDocument,
  Offer,
  Payment,
  ReconciliationRun,
  Refund,
  Repair,
  ReportRun,
  StuckStep,
} from './entities/index.ts';
import { closeNotices } from './notices.ts';

/** Who causes a change, why, and in the course of what: it is recorded with the change. */
export interface Cause {
  readonly actorKind: ActorKind;
  readonly actorId: string;
  readonly reason?: string;
  readonly workflowId?: string;
  readonly correlationId?: string;
}

/** The subject is in a state in which the event is not possible, or the actor may not cause it. */
export class ChangeRefused extends Error {
  override name = 'ChangeRefused';
  constructor(
    readonly subject: SubjectKind,
    readonly subjectId: string,
    readonly state: string,
    reason: string,
  ) {
    super(reason);
  }
}

/** There is no such subject. */
export class SubjectMissing extends Error {
  override name = 'SubjectMissing';
  constructor(
    readonly subject: string,
    readonly subjectId: string,
  ) {
    super(`There is no ${subject.replace('_', ' ')} ${subjectId}.`);
  }
}

const ENTITIES = {
  auction: Auction,
  offer: Offer,
  payment: Payment,
  refund: Refund,
  disbursement: Disbursement,
  dispute: Dispute,
  erp_document: ErpDocument,
  report_run: ReportRun,
  reconciliation_run: ReconciliationRun,
  difference: DifferenceRow,
  repair: Repair,
  stuck_step: StuckStep,
  approval: Approval,
} as const;

export type SubjectEntity<K extends SubjectKind> = InstanceType<(typeof ENTITIES)[K]>;
type Lifecycles = typeof LIFECYCLES;

/** The subject's row, locked against everyone who would change it. Throws SubjectMissing. */
export async function lockSubject<K extends SubjectKind>(
  tx: EntityManager,
  kind: K,
  id: string,
): Promise<SubjectEntity<K>> {
  const row = await tx.findOne(ENTITIES[kind] as EntityTarget<ObjectLiteral>, {
    where: { id },
    lock: { mode: 'for_no_key_update' },
  });
  if (!row) throw new SubjectMissing(kind, id);
  return row as SubjectEntity<K>;
}

/**
 * The one function that changes a state. Locks the subject, asks the lifecycle, and writes the new
 * state and whatever else changes with it; the database checks the edge again and records the
 * transition. An event that leads to where the subject already is changes nothing.
 *
 * Returns the row as it is afterwards, and whether this call changed it. Throws ChangeRefused or
 * SubjectMissing.
 */
export async function changeState<K extends SubjectKind>(
  tx: EntityManager,
  kind: K,
  id: string,
  event: EventOf<Lifecycles[K]>,
  cause: Cause,
  set: Partial<SubjectEntity<K>> = {},
): Promise<{ changed: boolean; row: SubjectEntity<K> }> {
  const row = await lockSubject(tx, kind, id);
  const lifecycle = LIFECYCLES[kind] as unknown as Lifecycle<StateOf<Lifecycles[K]>>;
  const move = moveFor(lifecycle, row.state as StateOf<Lifecycles[K]>, event, cause.actorKind);
  if (move.kind === 'alreadyThere') return { changed: false, row };
  if (move.kind === 'refused') throw new ChangeRefused(kind, id, row.state, `${move.reason}.`);

  await declareCause(tx, cause, event);
  const changes = { ...set, state: move.to };
  await tx.update(
    ENTITIES[kind] as EntityTarget<ObjectLiteral>,
    { id },
    changes as QueryDeepPartialEntity<ObjectLiteral>,
  );
  const over = noticesOver(kind, move.to);
  if (over.length > 0) await closeNotices(tx, id, over);
  return { changed: true, row: Object.assign(row, changes) };
}

/** Tells the database's guard why the next rows begin or change; forgotten at the end of the transaction. */
export async function declareCause(tx: EntityManager, cause: Cause, event?: string): Promise<void> {
  await tx.query(`SELECT set_config('gavel.cause', $1, true)`, [
    JSON.stringify({ ...cause, event }),
  ]);
}
