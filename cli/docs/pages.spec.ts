import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES } from './pages.ts';

describe('the generated pages of docs/', () => {
  // A failure here means that a table has changed: run `npm run docs` and commit the page.
  it.each(Object.keys(PAGES))('%s is current', (file) => {
    const written = readFileSync(join(import.meta.dirname, '../../docs', file), 'utf8');
    expect(written).toBe(PAGES[file]!());
  });
});
