import { AUCTIONS } from '../support/arm.ts';
import { byTypeorm } from './by-typeorm.ts';

export const typeormSpread = byTypeorm('typeorm-spread', AUCTIONS);
