import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { SubjectKind } from '../../domain/lifecycles/index.ts';

/** The audit log: written by the database for every change of a state, never changed. */
@Entity('transition')
export class Transition {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: number;
  @Column('text') subjectKind!: SubjectKind;
  @Column('uuid') subjectId!: string;
  @Column({ type: 'text', nullable: true }) fromState!: string | null;
  @Column('text') toState!: string;
  @Column('text') event!: string;
  @Column('text') actorKind!: string;
  @Column('text') actorId!: string;
  @Column({ type: 'text', nullable: true }) reason!: string | null;
  @Column({ type: 'text', nullable: true }) workflowId!: string | null;
  @Column({ type: 'text', nullable: true }) correlationId!: string | null;
  @Column('timestamptz') at!: Date;
}
