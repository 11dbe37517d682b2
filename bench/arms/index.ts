import type { Arm } from '../support/arm.ts';
import { engineHot } from './engine-hot.ts';
import { engineLone } from './engine-lone.ts';
import { engineSpread } from './engine-spread.ts';
import { httpEmpty } from './http-empty.ts';
import { httpHot } from './http-hot.ts';
import { httpSpread } from './http-spread.ts';
import { pgbenchHot } from './pgbench-hot.ts';
import { pgbenchSpread } from './pgbench-spread.ts';
import { typeormHot } from './typeorm-hot.ts';
import { typeormSpread } from './typeorm-spread.ts';

/** In the order of a round; what is compared stands close together. */
export const ARMS: readonly Arm[] = [
  httpHot,
  httpEmpty,
  ...pgbenchHot,
  engineLone,
  httpSpread,
  ...pgbenchSpread,
  engineHot,
  typeormHot,
  engineSpread,
  typeormSpread,
];
