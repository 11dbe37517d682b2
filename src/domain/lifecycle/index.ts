import { approvalLifecycle } from '../approval/lifecycle.ts';
import { auctionLifecycle } from '../auction/lifecycle.ts';
import { disbursementLifecycle } from '../disbursement/lifecycle.ts';
import { disputeLifecycle } from '../dispute/lifecycle.ts';
import { erpDocumentLifecycle } from '../erp/lifecycle.ts';
import { offerLifecycle } from '../offer/lifecycle.ts';
import { paymentLifecycle } from '../payment/lifecycle.ts';
import {
  differenceLifecycle,
  reconciliationRunLifecycle,
  repairLifecycle,
} from '../reconciliation/lifecycle.ts';
import { refundLifecycle } from '../refund/lifecycle.ts';
import { reportRunLifecycle } from '../report/lifecycle.ts';
import { stuckStepLifecycle } from '../stuck-step/lifecycle.ts';

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
