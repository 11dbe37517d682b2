import { median, p99 } from './samples.ts';

/** What one arm did in one round. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly accepted: number;
  readonly answered: number;
}

/** Nobody asks again after so many seconds, or after so many questions by all. */
export interface Until {
  readonly seconds?: number;
  readonly asked?: number;
}

/** Was it accepted? Only that counts, but every answer's latency does. */
export type Placed = (fault: Error | null, accepted: boolean) => void;

export type Place = (caller: number, placed: Placed) => void;

/** Callers that each ask again as soon as they are answered. After a fault nobody does. */
export function load(
  callers: number,
  { seconds = Infinity, asked: most = Infinity }: Until,
  place: Place,
): Promise<Load> {
  return new Promise((done, failed) => {
    const latenciesMs: number[] = [];
    let accepted = 0;
    let asked = 0;
    let asking = callers;
    let over = false;
    const began = performance.now();
    const end = began + seconds * 1_000;

    function call(caller: number): void {
      let askedAt = began;
      const placed: Placed = (fault, isAccepted) => {
        if (fault) {
          over = true;
          return failed(fault);
        }
        const now = performance.now();
        latenciesMs.push(now - askedAt);
        if (isAccepted) accepted += 1;
        ask(now);
      };
      const ask = (now: number) => {
        if (over || now >= end || asked >= most) return leave(now);
        asked += 1;
        askedAt = now;
        place(caller, placed);
      };
      ask(began);
    }

    function leave(now: number): void {
      asking -= 1;
      if (asking > 0) return;
      done({
        perSecond: accepted / ((now - began) / 1_000),
        p50Ms: median(latenciesMs),
        p99Ms: p99(latenciesMs),
        accepted,
        answered: latenciesMs.length,
      });
    }
    for (let caller = 0; caller < callers; caller += 1) call(caller);
  });
}

/** For `load`, what answers with a promise. */
export const promised =
  (place: (caller: number) => Promise<boolean>): Place =>
  (caller, placed) => {
    place(caller).then(
      (accepted) => placed(null, accepted),
      (fault: Error) => placed(fault, false),
    );
  };
