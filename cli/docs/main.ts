import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/folders.ts';
import { PAGES } from './pages.ts';

/** npm run docs */
for (const [file, page] of Object.entries(PAGES)) writeFileSync(join(ROOT, 'docs', file), page());
