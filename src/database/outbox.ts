import type { EntityManager } from 'typeorm';
import type { WorkflowMessage } from '../workflows/messages.ts';
import { OutboxMessage } from './entities/index.ts';

/** Says something to a workflow when, and only when, this transaction commits. */
export async function sendLater(
  tx: EntityManager,
  message: WorkflowMessage,
  correlationId?: string,
): Promise<void> {
  await tx.insert(OutboxMessage, {
    workflowId: message.workflowId,
    message,
    correlationId: correlationId ?? null,
  });
}
