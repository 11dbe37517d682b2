import { setTimeout as sleep } from 'node:timers/promises';
import { calmly, PATIENCE_MS, tooLong } from './patience.ts';

const LOOK_EVERY_MS = 250;

interface Wait<Item> {
  readonly since: number;
  resolve(item: Item): void;
  reject(error: unknown): void;
}

/** Looks at one list for all who wait for something to appear on it: one request, not one for each. */
export class Lookout<Item> {
  private readonly waits = new Map<string, Wait<Item>>();
  private looking = false;

  constructor(
    private readonly what: string,
    private readonly list: () => Promise<readonly Item[]>,
    private readonly keyOf: (item: Item) => string,
  ) {}

  /** The item of this key, as soon as the list has it. */
  async see(key: string): Promise<Item> {
    const seen = new Promise<Item>((resolve, reject) => {
      this.waits.set(key, { since: performance.now(), resolve, reject });
    });
    if (!this.looking) void this.look();
    return seen;
  }

  private async look(): Promise<void> {
    this.looking = true;
    while (this.waits.size > 0) {
      try {
        this.tell((await calmly(this.list)) ?? []);
      } catch (error) {
        this.takeAll().forEach(({ reject }) => reject(error));
      }
      await sleep(LOOK_EVERY_MS);
    }
    this.looking = false;
  }

  private tell(items: readonly Item[]): void {
    for (const item of items) this.take(this.keyOf(item))?.resolve(item);
    const longAgo = performance.now() - PATIENCE_MS;
    const lost = [...this.waits].filter(([, { since }]) => since < longAgo);
    for (const [key] of lost) this.take(key)?.reject(tooLong(`${this.what} ${key}`));
  }

  private take(key: string): Wait<Item> | undefined {
    const wait = this.waits.get(key);
    this.waits.delete(key);
    return wait;
  }

  private takeAll(): Wait<Item>[] {
    return [...this.waits.keys()].map((key) => this.take(key)!);
  }
}
