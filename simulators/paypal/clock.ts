import type { Store } from './store.ts';

const SETTING = 'clock.offsetMs';

/** Runs as real time does, some way ahead of it: tests move it, and a restart keeps the way. */
export class Clock {
  private offsetMs: number;

  constructor(private readonly store: Store) {
    this.offsetMs = Number(store.setting(SETTING) ?? 0);
  }

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  advance(byMs: number): void {
    this.offsetMs += byMs;
    this.store.saveSetting(SETTING, String(this.offsetMs));
  }
}

/** 2026-11-21T13:00:00Z, as PayPal writes times: without milliseconds. */
export const isoTime = (atMs: number): string =>
  new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');

const PACIFIC_OFFSET_MS = 7 * 60 * 60 * 1000;

/** PayPal writes some times, those of refunds among them, in the time of its own west coast. */
export const pacificTime = (atMs: number): string =>
  isoTime(atMs - PACIFIC_OFFSET_MS).replace('Z', '-07:00');
