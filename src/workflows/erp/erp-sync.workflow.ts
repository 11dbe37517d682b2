import { ActivityFailure } from '@temporalio/workflow';
import type { ErpSyncInput } from '../messages.ts';
import { listenForNews } from '../runtime/news.ts';
import { database, erp } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

/**
 * Sends a document and waits for the ERP's word on it. What the ERP rejects, or what cannot be
 * delivered, is parked for a person; corrected, it becomes pending and is sent again.
 */
export async function erpSync({ documentId }: ErpSyncInput): Promise<'acknowledged'> {
  const news = listenForNews();

  for (;;) {
    try {
      await erp.sendDocument(documentId);
      const state = await news.watch(() => erp.lookAtDocument(documentId));
      showState(state);
      if (state === 'acknowledged') return state;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      await database.giveUpDocument(documentId, rootOf(error));
    }
  }
}

function rootOf(error: ActivityFailure): string {
  return error.cause?.message ?? error.message;
}
