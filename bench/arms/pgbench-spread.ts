import { AUCTIONS } from '../support/arm.ts';
import { byPgbench } from './by-pgbench.ts';

export const pgbenchSpread = byPgbench('pgbench-spread', AUCTIONS);
