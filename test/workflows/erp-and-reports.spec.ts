import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrived, waitFor } from '../../src/activities/runtime/context.ts';
import type { ErpDocumentState } from '../../src/domain/erp/lifecycle.ts';
import { workflowIds } from '../../src/workflows/messages.ts';
import { fakeActivities, Stage } from '../support/stage.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

const DAY = 24 * 3_600_000;

let stage: Stage;
let documents = 0;
let documentId: string;
let id: string;

describeWithTimeSkipping('what a sale leaves behind', () => {
  beforeAll(async () => void (stage = await Stage.open()));
  afterAll(() => stage?.close());
  describe('a document for the ERP', () => {
    beforeEach(() => {
      documentId = `document-${++documents}`;
      id = workflowIds.erpSync(documentId);
    });

    it('is sent once, and done when the ERP acknowledges it', async () => {
      const document = aDocument(['acknowledged']);
      const { end } = await stage.live('erpSync', id, { documentId }, document.activities);
      expect(end).toBe('acknowledged');
      expect(document.activities.sendDocument).toHaveBeenCalledExactlyOnceWith(documentId);
    });

    it('is asked about when the callback does not come', async () => {
      const document = aDocument(['sent', 'acknowledged']);
      const { end } = await stage.live('erpSync', id, { documentId }, document.activities);
      expect(end).toBe('acknowledged');
      expect(document.activities.sendDocument).toHaveBeenCalledTimes(1);
      expect(document.activities.lookAtDocument).toHaveBeenCalledTimes(2);
    });

    it('that is rejected is parked until a person corrects it, then sent again and acknowledged', async () => {
      const document = aDocument(['rejected']);
      const { end } = await stage.live(
        'erpSync',
        id,
        { documentId },
        document.activities,
        async (play) => {
          await stage.pass('9 days');
          expect(document.activities.sendDocument).toHaveBeenCalledTimes(1);
          document.correct(['acknowledged']);
          await play.news(id);
        },
      );
      expect(end).toBe('acknowledged');
      expect(document.activities.sendDocument).toHaveBeenCalledTimes(2);
    });

    it('is dead after a day without an ERP, and goes out when a person sends it again', async () => {
      let reachable = false;
      const document = aDocument([]);
      const activities = {
        ...document.activities,
        async sendDocument() {
          if (!reachable && document.state() !== 'dead') throw new Error('The ERP did not answer');
        },
        giveUpDocument: async () => document.die(),
      };
      const { end } = await stage.live('erpSync', id, { documentId }, activities, async (play) => {
        await stage.pass(DAY + 600_000);
        expect(document.state()).toBe('dead');
        reachable = true;
        document.correct(['acknowledged']);
        await play.news(id);
      });
      expect(end).toBe('acknowledged');
    });
  });

  describe('a report', () => {
    let runId: string;
    beforeEach(() => {
      runId = `run-${++documents}`;
      id = workflowIds.report(runId);
    });

    it('that succeeds is stored', async () => {
      const activities = fakeActivities();
      const { end } = await stage.live('report', id, { runId }, activities);
      expect(end).toBe('stored');
      expect(activities.failReport).not.toHaveBeenCalled();
    });

    it('is stored after hours without Blob storage', async () => {
      const began = await stage.now();
      const activities = fakeActivities({
        async storeReport() {
          if ((await stage.now()) - began < 8 * 3_600_000) throw new Error('Blob storage is away');
        },
      });
      const { end } = await stage.live('report', id, { runId }, activities);
      expect(end).toBe('stored');
      expect(activities.failReport).not.toHaveBeenCalled();
    });

    it('that cannot be stored within half a day ends as failed, with the reason', async () => {
      const activities = fakeActivities({
        storeReport: () => Promise.reject(new Error('division by zero')),
      });
      const { end } = await stage.live('report', id, { runId }, activities);
      expect(end).toBe('failed');
      expect(activities.failReport).toHaveBeenCalledExactlyOnceWith(runId, 'division by zero');
    });

    it('of a schedule is queued under the name of the run that asks for it', async () => {
      const activities = fakeActivities();
      await stage.live('scheduledReport', `scheduled:${runId}`, { name: 'sales' }, activities);
      expect(activities.queueScheduledReport).toHaveBeenCalledExactlyOnceWith(
        'sales',
        `scheduled:${runId}`,
      );
    });
  });
});

/** A document about which looks find these states, one after the other. */
function aDocument(first: ErpDocumentState[]) {
  let coming = first;
  let state: ErpDocumentState = 'sending';
  const activities = fakeActivities({
    async lookAtDocument() {
      if (state !== 'dead') state = coming.shift() ?? state;
      if (state === 'sent') return waitFor(30_000);
      if (state === 'rejected' || state === 'dead') return waitFor(null);
      return arrived(state);
    },
  });
  return {
    activities,
    state: () => state,
    die: () => void (state = 'dead'),
    /** Pending again: the next look says so, and the ones after it find these. */
    correct(next: ErpDocumentState[]) {
      state = 'pending';
      coming = ['pending', ...next];
    },
  };
}
