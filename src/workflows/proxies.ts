import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/** Steps in our own database: short, and tried until it answers. */
export const database = proxyLocalActivities<
  Pick<
    Activities,
    | 'openIfDue'
    | 'closeIfDue'
    | 'endUnsold'
    | 'extendOffer'
    | 'awaitAnswer'
    | 'openPayment'
    | 'lookAtDisbursement'
    | 'giveUpDocument'
    | 'failReport'
    | 'queueScheduledReport'
    | 'queueDailyReconciliation'
    | 'failReconciliation'
  >
>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** Calls to PayPal: seen through for as long as it takes; each asks before it repeats itself. */
export const paypal = proxyActivities<
  Pick<
    Activities,
    'openOrder' | 'lookAtPayment' | 'capture' | 'release' | 'sendRefund' | 'lookAtDispute'
  >
>({
  // Three calls of 15 seconds: a token, a question, the act. A worker that dies costs this much time.
  startToCloseTimeout: '45 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '2 minutes' },
});

/** Calls to the ERP: after a day without success a person should know. */
export const erp = proxyActivities<Pick<Activities, 'sendDocument' | 'lookAtDocument'>>({
  startToCloseTimeout: '60 seconds',
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes' },
});

/** Reports may be long; one that keeps failing ends as failed, and can be asked for again. */
export const reporting = proxyActivities<Pick<Activities, 'storeReport'>>({
  startToCloseTimeout: '30 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute', maximumAttempts: 8 },
});

/** Long, and in steps that are kept: an attempt goes on where the last one ended, for most of a day. */
export const reconciling = proxyActivities<Pick<Activities, 'readMovements' | 'compareSales'>>({
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '2 minutes',
  scheduleToCloseTimeout: '12 hours',
  retry: { initialInterval: '2 seconds', maximumInterval: '2 minutes' },
});

/** What PayPal was not heard of: asked until it answers; the next poll waits for this one. */
export const polling = proxyActivities<Pick<Activities, 'findDisputes' | 'findMovements'>>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '2 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '2 minutes' },
});
