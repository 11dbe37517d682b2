import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrived, msUntil, waitFor } from '../../src/activities/runtime/context.ts';
import type { Activities } from '../../src/activities/index.ts';
import type { DisbursementState } from '../../src/domain/disbursement/lifecycle.ts';
import type { RefundState } from '../../src/domain/refund/lifecycle.ts';
import { workflowIds } from '../../src/workflows/messages.ts';
import { fakeActivities, Stage } from '../support/stage.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let stage: Stage;
let began: number;
let captures = 0;
let disbursementId: string;
let id: string;

describeWithTimeSkipping('money that PayPal holds', () => {
  beforeAll(async () => void (stage = await Stage.open()));
  afterAll(() => stage?.close());
  beforeEach(async () => {
    began = await stage.now();
    disbursementId = `capture-${++captures}`;
    id = workflowIds.disbursement(disbursementId);
  });

  it('is released 21 days after the capture, when nothing else happens', async () => {
    const held = aHold();
    const { end, endedAt } = await disburse(held.activities);
    expect(end).toBe('released');
    expectEnded(endedAt, 21 * DAY);
    expect(held.activities.release).toHaveBeenCalledExactlyOnceWith(disbursementId);
  });

  it('is released sooner when the piece has arrived', async () => {
    const held = aHold();
    const { endedAt } = await disburse(held.activities, async (play) => {
      await stage.pass('5 days');
      held.dueAt = began + 8 * DAY;
      await play.news(id);
    });
    expectEnded(endedAt, 8 * DAY);
  });

  it('stays, while an operator holds it back, until the operator releases it', async () => {
    const held = aHold();
    const { endedAt } = await disburse(held.activities, async (play) => {
      await stage.pass('2 days');
      held.heldBack = true;
      await play.news(id);
      await stage.pass('22 days');
      expect(held.activities.release).not.toHaveBeenCalled();
      held.heldBack = false;
      await play.news(id);
    });
    expectEnded(endedAt, 24 * DAY);
  });

  it('stays, while the buyer disputes, until the dispute is won', async () => {
    const held = aHold();
    const paypalDisputeId = `PP-D-${captures}`;
    let won = false;
    const activities = {
      ...held.activities,
      // As the real activity: blocks while the dispute is open, unblocks and tells when it ends.
      async lookAtDispute() {
        held.state = won ? 'held' : 'blocked';
        return won ? arrived('won' as const) : waitFor(7 * DAY);
      },
    };

    const { endedAt } = await disburse(activities, async (play) => {
      await stage.pass('3 days');
      const dispute = workflowIds.dispute(paypalDisputeId);
      await play.start('dispute', dispute, { paypalDisputeId });
      await stage.pass('20 days');
      expect(held.activities.release).not.toHaveBeenCalled();
      won = true;
      await play.news(dispute);
      await stage.pass('1 hour');
      expect(await play.isRunning(dispute)).toBe(false);
      await play.news(id);
    });

    expect(held.activities.release).toHaveBeenCalledTimes(1);
    expectEnded(endedAt, 23 * DAY + HOUR);
  });

  it('never goes to the seller once all of it has gone back to the buyer', async () => {
    const held = aHold();
    const refundId = `refund-${captures}`;
    const activities = {
      ...held.activities,
      async sendRefund() {
        held.state = 'cancelled';
        return 'completed' as const;
      },
    };

    const { end, endedAt } = await disburse(activities, async (play) => {
      await stage.pass('4 days');
      const refund = workflowIds.refund(refundId);
      await play.start('refund', refund, { refundId });
      await stage.pass('1 hour');
      expect(await play.isRunning(refund)).toBe(false);
      await play.news(id);
    });

    expect(end).toBe('cancelled');
    expectEnded(endedAt, 4 * DAY + HOUR);
    expect(held.activities.release).not.toHaveBeenCalled();
  });

  it('is asked about, while PayPal is still at the release, until PayPal has done it', async () => {
    const answers: DisbursementState[] = ['releasing', 'releasing', 'released'];
    const held = aHold(() => answers.shift()!);
    const { end, endedAt } = await disburse(held.activities);
    expect(end).toBe('released');
    expect(held.activities.release).toHaveBeenCalledTimes(3);
    expectEnded(endedAt, 21 * DAY + 2 * MINUTE);
  });

  it('waits for a person when PayPal refuses to pay, and is released when that is mended', async () => {
    const answers: DisbursementState[] = ['failed', 'released'];
    const held = aHold(() => answers.shift()!);
    const { end, endedAt } = await disburse(held.activities, async (play) => {
      await stage.pass('23 days');
      expect(held.activities.release).toHaveBeenCalledTimes(1);
      held.state = 'held';
      await play.news(id);
    });
    expect(end).toBe('released');
    expectEnded(endedAt, 23 * DAY);
  });

  it('is looked at again when there is news during a look', async () => {
    let looks = 0;
    let tell: (() => Promise<void>) | undefined;
    const end = await stage.play(
      fakeActivities({
        async lookAtDisbursement() {
          if (++looks > 1) return arrived('auto_released');
          await tell!();
          return waitFor(null);
        },
      }),
      async (play) => {
        tell = () => play.news(id);
        const handle = await play.start('disbursement', id, { disbursementId });
        return handle.result();
      },
    );
    expect(end).toBe('auto_released');
    expect(looks).toBe(2);
  });

  describe('and is to go back to the buyer', () => {
    it('waits for a release that is under way, then goes', async () => {
      const answers: RefundState[] = ['requested', 'requested', 'completed'];
      const refundId = `refund-${captures}`;
      const activities = fakeActivities({ sendRefund: async () => answers.shift()! });
      const { end, endedAt } = await stage.live(
        'refund',
        workflowIds.refund(refundId),
        { refundId },
        activities,
      );
      expect(end).toBe('completed');
      expectEnded(endedAt, MINUTE);
    });

    it('is looked at once more for news, and not again until its time', async () => {
      const answers: RefundState[] = ['paying', 'paying', 'completed'];
      const refundId = `refund-${captures}`;
      const workflowId = workflowIds.refund(refundId);
      let tell = () => Promise.resolve();
      const activities = fakeActivities({
        async sendRefund() {
          if (answers.length === 3) await tell();
          return answers.shift()!;
        },
      });
      const end = await stage.play(activities, async (play) => {
        tell = () => play.news(workflowId);
        const handle = await play.start('refund', workflowId, { refundId });
        return handle.result();
      });
      expect(end).toBe('completed');
      expect((await stage.now()) - began).toBeGreaterThanOrEqual(MINUTE / 2);
    });

    it('is seen through an outage of PayPal', async () => {
      let outages = 3;
      const refundId = `refund-${captures}`;
      const activities = fakeActivities({
        async sendRefund() {
          if (outages-- > 0) throw new Error('PayPal did not answer');
          return 'completed';
        },
      });
      const workflowId = workflowIds.refund(refundId);
      const { end } = await stage.live('refund', workflowId, { refundId }, activities);
      expect(end).toBe('completed');
      expect(activities.sendRefund).toHaveBeenCalledTimes(4);
    });
  });

  function disburse(
    activities: Activities,
    meanwhile?: Parameters<Stage['live']>[4],
  ): Promise<{ end: DisbursementState; endedAt: number }> {
    return stage.live('disbursement', id, { disbursementId }, activities, meanwhile);
  }
});

/** Money that is due after 21 days; a test may change what is found about it. */
function aHold(release: () => DisbursementState = () => 'released') {
  const found = {
    state: 'held' as DisbursementState,
    dueAt: began + 21 * DAY,
    heldBack: false,
  };
  const activities = fakeActivities({
    async lookAtDisbursement() {
      const { state, dueAt, heldBack } = found;
      if (['released', 'cancelled', 'auto_released'].includes(state)) return arrived(state);
      if (state === 'releasing') return arrived('due');
      if (state !== 'held' || heldBack) return waitFor(60 * DAY);
      const left = msUntil(new Date(dueAt), new Date(await stage.now()));
      return left > 0 ? waitFor(left) : arrived('due');
    },
    release: async () => (found.state = release()),
  });
  return Object.assign(found, { activities });
}

/** That it ended this long after the test began, and hardly later. */
function expectEnded(endedAt: number, afterMs: number): void {
  expect(endedAt - began).toBeGreaterThanOrEqual(afterMs);
  expect(endedAt - began).toBeLessThan(afterMs + 5 * MINUTE);
}
