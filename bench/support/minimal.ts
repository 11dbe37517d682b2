import type pg from 'pg';
import { fresh, INCREMENT, START_PRICE } from './auctions.ts';

/**
 * The least that a bid can be in the database: one call that locks, judges, logs and updates, without
 * idempotency keys, answers to repeat, reserves or soft closes. It names a raise and not a maximum, so
 * that every call is accepted and no client needs to ask for the price first.
 */
const MINIMAL = `
CREATE SCHEMA minimal;
CREATE TABLE minimal.auction (
  id integer PRIMARY KEY,
  start_price_minor bigint NOT NULL,
  price_minor bigint NOT NULL,
  leader_id integer,
  leader_maximum_minor bigint,
  runner_up_maximum_minor bigint,
  last_sequence integer NOT NULL DEFAULT 0,
  closes_at timestamptz NOT NULL
) WITH (fillfactor = 60);
CREATE TABLE minimal.bid (
  auction_id integer NOT NULL,
  sequence integer NOT NULL,
  bidder_id integer NOT NULL,
  maximum_minor bigint NOT NULL,
  price_minor bigint NOT NULL,
  placed_at timestamptz NOT NULL,
  PRIMARY KEY (auction_id, sequence)
);
CREATE FUNCTION minimal.place_bid(which integer, bidder integer, raise bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  now timestamptz;
  maximum bigint;
  a minimal.auction;
BEGIN
  SELECT * INTO a FROM minimal.auction WHERE id = which FOR NO KEY UPDATE;
  now := clock_timestamp();
  IF now >= a.closes_at THEN
    RETURN NULL;
  END IF;
  IF a.leader_id IS NULL OR a.leader_id = bidder THEN
    maximum := coalesce(a.leader_maximum_minor, a.price_minor) + raise;
    a.leader_id := bidder;
    a.leader_maximum_minor := maximum;
  ELSE
    maximum := a.price_minor + ${INCREMENT} + raise;
    IF maximum > a.leader_maximum_minor THEN
      a.runner_up_maximum_minor := a.leader_maximum_minor;
      a.leader_id := bidder;
      a.leader_maximum_minor := maximum;
    ELSE
      a.runner_up_maximum_minor := greatest(maximum, a.runner_up_maximum_minor);
    END IF;
    a.price_minor := greatest(a.price_minor, least(a.leader_maximum_minor,
                                                   a.runner_up_maximum_minor + ${INCREMENT}));
  END IF;
  INSERT INTO minimal.bid
  VALUES (a.id, a.last_sequence + 1, bidder, maximum, a.price_minor, now);
  UPDATE minimal.auction
     SET price_minor = a.price_minor, leader_id = a.leader_id,
         leader_maximum_minor = a.leader_maximum_minor,
         runner_up_maximum_minor = a.runner_up_maximum_minor, last_sequence = a.last_sequence + 1
   WHERE id = a.id;
  RETURN a.price_minor;
END $$;
`;

export const createMinimal = (pool: pg.Pool) => pool.query(MINIMAL);

/** With the ids from 1 to the count, which a script of pgbench can draw from. */
export const freshMinimalAuctions = (pool: pg.Pool, count: number): Promise<string[]> =>
  fresh(pool, ['TRUNCATE minimal.auction, minimal.bid'], {
    text: `INSERT INTO minimal.auction (id, start_price_minor, price_minor, closes_at)
           SELECT id, $1, $1, now() + interval '1 day' FROM generate_series(1, $2) AS id
           RETURNING id`,
    values: [START_PRICE, count],
  });

/** A bid on one of so many, as pgbench takes it. */
export const minimalBid = (auctions: number): string => `\\set auction random(1, ${auctions})
\\set bidder random(1, 100)
\\set raise random(1, 10)
SELECT minimal.place_bid(:auction, :bidder, :raise);
`;
