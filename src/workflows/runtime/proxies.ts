import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { seenThrough } from './see-through.ts';

type DatabaseSteps = Pick<
  Activities,
  | 'openIfDue'
  | 'closeIfDue'
  | 'endUnsold'
  | 'extendOffer'
  | 'awaitAnswer'
  | 'openPayment'
  | 'awaitPayment'
  | 'lookAtDisbursement'
  | 'giveUpDocument'
  | 'failReport'
  | 'queueScheduledReport'
  | 'queueDailyReconciliation'
  | 'failReconciliation'
>;

/** Steps in our own database: short, so they are done in the workflow's own place, a time or two. */
export const database = seenThrough<DatabaseSteps>(
  proxyActivities<DatabaseSteps>({
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
  }),
  proxyLocalActivities<DatabaseSteps>({
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '200 milliseconds', maximumAttempts: 2 },
  }),
);

/** Calls to PayPal: seen through for as long as it takes; each asks before it repeats itself. */
export const paypal = seenThrough(
  proxyActivities<
    Pick<
      Activities,
      | 'openOrder'
      | 'lookAtPayment'
      | 'lookAtEndedPayment'
      | 'capture'
      | 'release'
      | 'sendRefund'
      | 'lookAtDispute'
    >
  >({
    // Three calls of 15 seconds: a token, a question, the act. A worker that dies costs this much time.
    startToCloseTimeout: '45 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  }),
);

/** Calls to the ERP: after a day without success a person should know. */
export const erp = seenThrough(
  proxyActivities<Pick<Activities, 'sendDocument' | 'lookAtDocument'>>({
    startToCloseTimeout: '60 seconds',
    scheduleToCloseTimeout: '1 day',
    retry: { initialInterval: '1 second', maximumInterval: '5 minutes' },
  }),
);

/** Reports may be long; one that half a day has not seen stored ends as failed, and can be asked for again. */
export const reporting = seenThrough(
  proxyActivities<Pick<Activities, 'storeReport'>>({
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '12 hours',
    retry: { initialInterval: '2 seconds', maximumInterval: '2 minutes' },
  }),
);

/** Long, and in steps that are kept: an attempt goes on where the last one ended, for most of a day. */
export const reconciling = seenThrough(
  proxyActivities<Pick<Activities, 'readMovements' | 'compareSales'>>({
    startToCloseTimeout: '6 hours',
    heartbeatTimeout: '2 minutes',
    scheduleToCloseTimeout: '12 hours',
    retry: { initialInterval: '2 seconds', maximumInterval: '2 minutes' },
  }),
);

/** What PayPal was not heard of: asked until it answers; the next poll waits for this one. */
export const polling = seenThrough(
  proxyActivities<Pick<Activities, 'findDisputes' | 'findMovements'>>({
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '2 minutes',
    retry: { initialInterval: '2 seconds', maximumInterval: '2 minutes' },
  }),
);
