import { z } from 'zod';
import { SETTINGS } from '../../src/settings.ts';

/** docs/settings.md: every setting in one table, from the schema that parses them. */
export function settingsPage(): string {
  return [
    '# Settings',
    '',
    'Generated from `src/settings.ts` by `npm run docs`; do not edit. All of them come from the',
    'environment, and are checked before anything starts.',
    '',
    '| name | meaning | default |',
    '| --- | --- | --- |',
    ...Object.entries(SETTINGS.shape).map(
      ([name, schema]) => `| \`${name}\` | ${schema.description ?? ''} | ${defaultOf(schema)} |`,
    ),
    '',
  ].join('\n');
}

function defaultOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodOptional) return 'not set';
  const given = schema.safeParse(undefined);
  return given.success ? `\`${String(given.data)}\`` : '**required**';
}
