import { CALLERS } from '../support/arm.ts';
import { inProcess } from './in-process.ts';

export const engineHot = inProcess('engine-hot', 1, CALLERS);
