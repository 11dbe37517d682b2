/** Everything that the worker bundles for Temporal. */
export { auction } from './auction/auction.workflow.ts';
export { disbursement } from './disbursement/disbursement.workflow.ts';
export { dispute } from './dispute/dispute.workflow.ts';
export { erpSync } from './erp/erp-sync.workflow.ts';
export { payment } from './payment/payment.workflow.ts';
export { latePayment } from './payment/late-payment.workflow.ts';
export { pollDisputes, pollTransactions } from './paypal/poll.workflow.ts';
export { reassignment } from './reassignment/reassignment.workflow.ts';
export { dailyReconciliation, reconciliation } from './reconciliation/reconciliation.workflow.ts';
export { refund } from './refund/refund.workflow.ts';
export { report, scheduledReport } from './report/report.workflow.ts';
