import 'reflect-metadata';
import { measure } from './measure.ts';
import { runInHouse } from './support/run-in-house.ts';

/**
 * npm run bench:bids: how fast bids are, as ratios to what they are compared with. Its own young objects
 * are kept in little room (--max-semi-space-size): in this small process, V8 answers much room with a
 * look through the whole heap at each collection, and every arm in here would wait for that. As with the
 * API, it is not given back while other processes are measured (API_FLAGS). The old ones may grow to five
 * times what they are (--heap-growing-percent) before they are looked through, or that would be twice a second.
 */
await runInHouse('bench:bids', measure);
