import { AccessGuard } from './access.ts';
import { ValidationGuard } from './validation.ts';

/** Of every route, in this order. */
export const GUARDS = [AccessGuard, ValidationGuard];
