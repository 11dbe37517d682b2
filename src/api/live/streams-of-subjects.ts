import { Problem } from '../http/problem.ts';

/** How many streams each subject has, with those that are about to begin: nobody takes the room of all. */
export class StreamsOfSubjects {
  private readonly counts = new Map<string, number>();

  constructor(private readonly most: number) {}

  /** Throws a Problem when a subject has as many as it may. */
  mustHaveRoom(subject: string): void {
    if ((this.counts.get(subject) ?? 0) < this.most) return;
    throw new Problem(
      429,
      'too_many_streams_of_subject',
      `You have ${this.most} streams here already: close some, or watch several auctions with GET /v1/live.`,
      {},
      { 'retry-after': '5' },
    );
  }

  count(subject: string, more: 1 | -1): void {
    const now = (this.counts.get(subject) ?? 0) + more;
    if (now > 0) this.counts.set(subject, now);
    else this.counts.delete(subject);
  }
}
