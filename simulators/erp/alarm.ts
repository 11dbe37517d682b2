/** Does the work of a queue at the times when it is due, never twice at once. */
export class Alarm {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private rungMeanwhile = false;
  private stopped = false;

  /** `work` does what is due and returns when more will be: Unix milliseconds, or undefined. */
  constructor(private readonly work: () => Promise<number | undefined>) {}

  /** Looks for work now; called whenever there may be some. */
  ring(): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    if (this.running) {
      this.rungMeanwhile = true;
      return;
    }
    this.running = this.run().finally(() => (this.running = undefined));
  }

  /** Resolves when the work under way has ended; there will be no more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    let next: number | undefined;
    do {
      this.rungMeanwhile = false;
      next = await this.work();
    } while (this.rungMeanwhile && !this.stopped);
    if (next === undefined || this.stopped) return;
    this.timer = setTimeout(() => this.ring(), Math.max(0, next - Date.now()));
  }
}
