import { byPgbench } from './by-pgbench.ts';

export const pgbenchHot = byPgbench('pgbench-hot', 1);
