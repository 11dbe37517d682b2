import { condition, defineSignal, setHandler, sleep } from '@temporalio/workflow';
import type { Look } from '../../activities/runtime/context.ts';
import { LOOK_AGAIN } from '../messages.ts';
import { Pace } from './pace.ts';
import { goOnAsNewIfLong } from './as-new.ts';

export const lookAgainSignal = defineSignal(LOOK_AGAIN);

// Each workflow has this module for itself.
let heard = false;
let listening = false;
const listeners = new Set<() => void>();

/** Calls this at each piece of news, until the function that it returns is called. */
export function whenHeard(listener: () => void): () => void {
  listen();
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function listen(): void {
  if (listening) return;
  listening = true;
  setHandler(lookAgainSignal, () => {
    heard = true;
    for (const listener of [...listeners]) listener();
  });
}

/** Hears that something about the workflow's subject has changed. */
export function listenForNews() {
  listen();
  const pace = new Pace();

  return {
    /**
     * Looks until the subject has come to rest; between two looks it sleeps for as long as the look
     * said, or until there is news. News that arrives during a look is not lost: it means another.
     * A life that has become long goes on as a new run, which looks for itself where things stand.
     */
    async watch<State extends string>(look: () => Promise<Look<State>>): Promise<State> {
      for (;;) {
        const pause = pace.nextPause();
        if (pause > 0) await sleep(pause);
        await goOnAsNewIfLong();
        heard = false;
        const found = await look();
        if (found.done) return found.state;
        await this.within(found.waitMs);
      }
    },

    /** Waits for news, but no longer than this; null waits for news alone. */
    async within(waitMs: number | null): Promise<void> {
      const began = Date.now();
      if (waitMs === null) await condition(() => heard);
      // Never less than a moment: a clock that runs behind must not make the workflow spin.
      else await condition(() => heard, Math.max(waitMs, SHORTEST_WAIT_MS));
      pace.hasWaited(Date.now() - began);
    },
  };
}

const SHORTEST_WAIT_MS = 20;
