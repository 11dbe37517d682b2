import { inProcess } from './in-process.ts';

/** Nobody to share a commit with: what a batch costs a caller who comes alone. */
export const engineLone = inProcess('engine-lone', 1, 1);
