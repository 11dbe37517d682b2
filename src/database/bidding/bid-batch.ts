import type pg from 'pg';
import { answersOf } from './answer.ts';
import { lockAuctions } from './lock-auctions.ts';
import { readCircumstances } from './circumstances.ts';
import type { BidAnswer, BidRequest } from './request.ts';
import { writesOf } from './write-batch.ts';

export type { AcceptedBid, BidAnswer, BidRequest, RefusedBid } from './request.ts';

// Prepared like all others, so that the pool's connections send them along with those.
const BEGIN = { name: 'begin', text: 'BEGIN' };
const COMMIT = { name: 'commit', text: 'COMMIT' };

/**
 * A batch is one transaction: lock its auctions in id order, learn what the house has decided about
 * its bidders, answer in the order of arrival, write it all at once.
 */
export async function answerBatch(
  pool: pg.Pool,
  requests: readonly BidRequest[],
): Promise<BidAnswer[]> {
  const client = await pool.connect();
  try {
    // Sent together, done in order: a failed statement makes the server refuse those after it.
    const [, auctions, circumstances] = await Promise.all([
      client.query(BEGIN),
      lockAuctions(client, requests),
      readCircumstances(client, requests),
    ]);
    const { answers, entries, refusals } = answersOf(requests, auctions, circumstances);
    const writes = writesOf({ entries, refusals, auctions, circumstances });
    await Promise.all([...writes.map((write) => client.query(write)), client.query(COMMIT)]);
    client.release();
    return answers;
  } catch (error) {
    // A broken connection is thrown away, and with it the transaction.
    await client.query('ROLLBACK').then(
      () => client.release(),
      () => client.release(true),
    );
    throw error;
  }
}
