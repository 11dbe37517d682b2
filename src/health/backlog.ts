import proto from '@temporalio/proto';
import { TASK_QUEUE } from '../workflows/messages.ts';

const { TaskQueueType } = proto.temporal.api.enums.v1;
const QUEUES = {
  workflows: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  activities: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
} as const;

type Describe = proto.temporal.api.workflowservice.v1.WorkflowService['describeTaskQueue'];

export interface Backlog {
  readonly queue: keyof typeof QUEUES;
  readonly count: number;
  /** How long the oldest task has waited for a worker. */
  readonly seconds: number;
  /** Who asks for tasks, and when each did last. */
  readonly pollers: readonly { readonly identity: string; readonly lastSeen: Date }[];
}

/** What waits in Temporal for a worker. Throws when Temporal does not answer. */
export function backlogs(
  service: { describeTaskQueue: Describe },
  namespace: string,
): Promise<Backlog[]> {
  return Promise.all(
    (Object.keys(QUEUES) as (keyof typeof QUEUES)[]).map(async (queue) => {
      const { stats, pollers } = await service.describeTaskQueue({
        namespace,
        taskQueue: { name: TASK_QUEUE },
        taskQueueType: QUEUES[queue],
        reportStats: true,
      });
      return {
        queue,
        count: Number(stats?.approximateBacklogCount ?? 0),
        seconds: Number(stats?.approximateBacklogAge?.seconds ?? 0),
        pollers: (pollers ?? []).map(({ identity, lastAccessTime }) => ({
          identity: identity ?? '',
          lastSeen: new Date(Number(lastAccessTime?.seconds ?? 0) * 1_000),
        })),
      };
    }),
  );
}
