import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import type { Look } from '../activities/context.ts';
import { LOOK_AGAIN } from './messages.ts';

export const lookAgainSignal = defineSignal(LOOK_AGAIN);

/** Hears that something about the workflow's subject has changed. */
export function listenForNews() {
  let heard = false;
  setHandler(lookAgainSignal, () => {
    heard = true;
  });

  return {
    /**
     * Looks until the subject has come to rest; between two looks it sleeps for as long as the look
     * said, or until there is news. News that arrives during a look is not lost: it means another.
     */
    async watch<State extends string>(look: () => Promise<Look<State>>): Promise<State> {
      for (;;) {
        heard = false;
        const found = await look();
        if (found.done) return found.state;
        await this.within(found.waitMs);
      }
    },

    /** Waits for news, but no longer than this; null waits for news alone. */
    async within(waitMs: number | null): Promise<void> {
      if (waitMs === null) await condition(() => heard);
      // Never less than a moment: a clock that runs behind must not make the workflow spin.
      else await condition(() => heard, Math.max(waitMs, SHORTEST_WAIT_MS));
    },
  };
}

const SHORTEST_WAIT_MS = 20;
