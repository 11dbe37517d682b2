import { createAuctionActivities } from './auction.activities.ts';
import { createDisbursementActivities } from './disbursement.activities.ts';
import { createDisputeActivities, type DisputeDeps } from './dispute.activities.ts';
import { createErpActivities, type ErpDeps } from './erp.activities.ts';
import { createPaymentActivities, type PaymentDeps } from './payment.activities.ts';
import { createPollActivities } from './poll.activities.ts';
import { createReassignmentActivities } from './reassignment.activities.ts';
import {
  createReconciliationActivities,
  type ReconciliationDeps,
} from './reconciliation.activities.ts';
import { createRefundActivities } from './refund.activities.ts';
import { createReportActivities, type ReportDeps } from './report.activities.ts';

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
