import 'reflect-metadata';
import { measure } from './measure.ts';
import { runInHouse } from './support/run-in-house.ts';

/** npm run bench:bids: how fast bids are, as ratios to what they are compared with. */
await runInHouse('bench:bids', measure);
