/** Everything that the worker bundles for Temporal. */
export { auction } from './auction.workflow.ts';
export { disbursement } from './disbursement.workflow.ts';
export { dispute } from './dispute.workflow.ts';
export { erpSync } from './erp-sync.workflow.ts';
export { payment } from './payment.workflow.ts';
export { latePayment } from './late-payment.workflow.ts';
export { pollDisputes, pollTransactions } from './poll.workflow.ts';
export { reassignment } from './reassignment.workflow.ts';
export { dailyReconciliation, reconciliation } from './reconciliation.workflow.ts';
export { refund } from './refund.workflow.ts';
export { report, scheduledReport } from './report.workflow.ts';
