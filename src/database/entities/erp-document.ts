import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ErpDocumentBody, ErpDocumentKind } from '../../domain/erp/erp-document.ts';
import type { ErpDocumentState } from '../../domain/erp/lifecycle.ts';

@Entity('erp_document')
export class ErpDocument {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') kind!: ErpDocumentKind;
  /** The payment, disbursement or refund that it is about. */
  @Column('uuid') subjectId!: string;
  @Column('uuid') auctionId!: string;
  /** Counts up with every correction and every time it is sent again. */
  @Column({ type: 'int', insert: false }) revision!: number;
  @Column('jsonb') body!: ErpDocumentBody;
  @Column({ type: 'text', insert: false }) state!: ErpDocumentState;
  @Column({ type: 'text', nullable: true }) erpReference!: string | null;
  @Column({ type: 'jsonb', nullable: true }) rejection!: ErpRejection | null;
  @Column({ type: 'text', nullable: true }) failureReason!: string | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

export interface ErpRejection {
  code: string;
  message: string;
  field?: string;
}
