import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { AuditedKind } from '../../domain/audit/audit.ts';

/** The audit log: written by the database for every change of a state or an edited row, never changed. */
@Entity('transition')
export class Transition {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: number;
  @Column('text') subjectKind!: AuditedKind;
  @Column('text') subjectId!: string;
  @Column({ type: 'text', nullable: true }) fromState!: string | null;
  /** Null where a row was edited, which has no state. */
  @Column({ type: 'text', nullable: true }) toState!: string | null;
  @Column('text') event!: string;
  @Column('text') actorKind!: string;
  @Column('text') actorId!: string;
  @Column({ type: 'text', nullable: true }) reason!: string | null;
  @Column({ type: 'text', nullable: true }) workflowId!: string | null;
  @Column({ type: 'text', nullable: true }) correlationId!: string | null;
  @Column({ type: 'jsonb', nullable: true }) before!: Record<string, unknown> | null;
  @Column({ type: 'jsonb', nullable: true }) after!: Record<string, unknown> | null;
  @Column('timestamptz') at!: Date;
}
