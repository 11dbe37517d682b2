import { approvalLifecycle } from './approval.ts';
import { auctionLifecycle } from './auction.ts';
import { disbursementLifecycle } from './disbursement.ts';
import { disputeLifecycle } from './dispute.ts';
import { erpDocumentLifecycle } from './erp-document.ts';
import { offerLifecycle } from './offer.ts';
import { paymentLifecycle } from './payment.ts';
import {
  differenceLifecycle,
  reconciliationRunLifecycle,
  repairLifecycle,
} from './reconciliation.ts';
import { refundLifecycle } from './refund.ts';
import { reportRunLifecycle } from './report-run.ts';
import { stuckStepLifecycle } from './stuck-step.ts';

/** By the name of the table whose `state` column they guard. */
export const LIFECYCLES = {
  auction: auctionLifecycle,
  offer: offerLifecycle,
  payment: paymentLifecycle,
  refund: refundLifecycle,
  disbursement: disbursementLifecycle,
  dispute: disputeLifecycle,
  erp_document: erpDocumentLifecycle,
  report_run: reportRunLifecycle,
  reconciliation_run: reconciliationRunLifecycle,
  difference: differenceLifecycle,
  repair: repairLifecycle,
  stuck_step: stuckStepLifecycle,
  approval: approvalLifecycle,
} as const;

export type SubjectKind = keyof typeof LIFECYCLES;
