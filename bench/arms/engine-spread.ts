import { AUCTIONS, CALLERS } from '../support/arm.ts';
import { inProcess } from './in-process.ts';

export const engineSpread = inProcess('engine-spread', AUCTIONS, CALLERS);
