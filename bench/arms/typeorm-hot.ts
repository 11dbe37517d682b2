import { byTypeorm } from './by-typeorm.ts';

export const typeormHot = byTypeorm('typeorm-hot', 1);
