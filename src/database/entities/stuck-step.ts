import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { StuckStepState } from '../../domain/stuck-step/lifecycle.ts';

/** A step that its workflow cannot get past. A workflow has one step at a time, so one such row. */
@Entity('stuck_step')
export class StuckStep {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') workflowId!: string;
  /** The run that is stuck: ending the step ends this run, and not one that is started later. */
  @Column('text') runId!: string;
  @Column('text') workflowType!: string;
  @Column('text') step!: string;
  /** Why, in words that are the same for all that fail for this reason. */
  @Column('text') cause!: string;
  /** Which outside service is away or refuses; null when the fault is in what we have, or are. */
  @Column({ type: 'text', nullable: true }) service!: string | null;
  @Column('int') tries!: number;
  @Column({ type: 'text', insert: false }) state!: StuckStepState;
  @Column({ type: 'timestamptz', insert: false }) firstSeenAt!: Date;
  @Column({ type: 'timestamptz', insert: false }) lastTriedAt!: Date;
  @Column({ type: 'timestamptz', nullable: true }) endedAt!: Date | null;
}
