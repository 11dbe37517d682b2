import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { WorkflowMessage } from '../../workflows/messages.ts';

@Entity('outbox')
export class OutboxMessage {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: number;
  @Column('text') workflowId!: string;
  @Column('jsonb') message!: WorkflowMessage;
  @Column({ type: 'text', nullable: true }) correlationId!: string | null;
  @Column({ type: 'text', insert: false }) state!: 'waiting' | 'relayed' | 'dead';
  @Column({ type: 'int', insert: false }) attempts!: number;
  @Column({ type: 'timestamptz', insert: false }) nextAttemptAt!: Date;
  @Column({ type: 'text', nullable: true, insert: false }) lastError!: string | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('inbox')
export class InboxMessage {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: number;
  @Column('text') provider!: 'paypal' | 'erp';
  @Column('text') eventId!: string;
  @Column('text') eventType!: string;
  /** What of it the database can hold; see `raw` in the table for the bytes that came. */
  @Column('jsonb') body!: Record<string, unknown>;
  @Column({ type: 'text', nullable: true }) correlationId!: string | null;
  @Column({ type: 'text', insert: false }) state!: 'waiting' | 'dispatched' | 'ignored' | 'dead';
  @Column({ type: 'int', insert: false }) attempts!: number;
  @Column({ type: 'int', insert: false }) deliveries!: number;
  @Column({ type: 'timestamptz', insert: false }) nextAttemptAt!: Date;
  @Column({ type: 'text', nullable: true, insert: false }) lastError!: string | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}
