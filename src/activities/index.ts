import { createAuctionActivities } from './auction/auction.activities.ts';
import { createDisbursementActivities } from './disbursement/disbursement.activities.ts';
import { createDisputeActivities, type DisputeDeps } from './dispute/dispute.activities.ts';
import { createErpActivities, type ErpDeps } from './erp/erp.activities.ts';
import { createPaymentActivities, type PaymentDeps } from './payment/payment.activities.ts';
import { createPollActivities } from './paypal/poll.activities.ts';
import { createReassignmentActivities } from './reassignment/reassignment.activities.ts';
import {
  createReconciliationActivities,
  type ReconciliationDeps,
} from './reconciliation/reconciliation.activities.ts';
import { createRefundActivities } from './refund/refund.activities.ts';
import { createReportActivities, type ReportDeps } from './report/report.activities.ts';

export type ActivityDeps = DisputeDeps & ErpDeps & PaymentDeps & ReportDeps & ReconciliationDeps;

/** All activities of the worker, by subject; names are unique across subjects. */
export const createActivities = (deps: ActivityDeps) => ({
  ...createAuctionActivities(deps),
  ...createReassignmentActivities(deps),
  ...createPaymentActivities(deps),
  ...createDisbursementActivities(deps),
  ...createRefundActivities(deps),
  ...createDisputeActivities(deps),
  ...createErpActivities(deps),
  ...createReportActivities(deps),
  ...createReconciliationActivities(deps),
  ...createPollActivities(deps),
});

export type Activities = ReturnType<typeof createActivities>;
