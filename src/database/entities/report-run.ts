import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ReportRunState } from '../../domain/report/lifecycle.ts';

@Entity('report_run')
export class ReportRun {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') report!: string;
  @Column('jsonb') parameters!: Record<string, string>;
  @Column({ type: 'text', insert: false }) state!: ReportRunState;
  @Column({ type: 'text', nullable: true }) blobName!: string | null;
  @Column({ type: 'text', nullable: true }) url!: string | null;
  @Column({ type: 'bigint', nullable: true }) bytes!: number | null;
  @Column({ type: 'bigint', nullable: true }) rowCount!: number | null;
  @Column({ type: 'text', nullable: true }) sha256!: string | null;
  @Column({ type: 'text', nullable: true }) failureReason!: string | null;
  @Column({ type: 'timestamptz', nullable: true }) storedAt!: Date | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}
