import type { EntityManager } from 'typeorm';
import type { SubjectKind } from '../domain/lifecycle/index.ts';
import type { Cause } from './change-state.ts';

/** A person's act that changes no state by itself still belongs in the audit log. */
export async function recordIntervention(
  tx: EntityManager,
  kind: SubjectKind,
  subject: { id: string; state: string },
  act: string,
  cause: Cause,
): Promise<void> {
  await tx.query(
    `INSERT INTO transition (subject_kind, subject_id, from_state, to_state, event, actor_kind,
                             actor_id, reason, correlation_id)
     VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8)`,
    [
      kind,
      subject.id,
      subject.state,
      act,
      cause.actorKind,
      cause.actorId,
      cause.reason,
      cause.correlationId,
    ],
  );
}
