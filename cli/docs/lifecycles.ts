import { LIFECYCLES } from '../../src/domain/lifecycle/index.ts';
import type { Lifecycle } from '../../src/domain/lifecycle/lifecycle.ts';

/** docs/lifecycles.md: a diagram and a table for each lifecycle, from the tables themselves. */
export function lifecyclesPage(): string {
  const lifecycles: Lifecycle[] = Object.values(LIFECYCLES);
  return [
    '# Lifecycles',
    '',
    'Generated from `lifecycle.ts` in the folders of `src/domain/` by `npm run docs`; do not edit. The same tables guard',
    'every change of state in TypeScript and in the database.',
    '',
    ...lifecycles.flatMap(section),
  ].join('\n');
}

function section(lifecycle: Lifecycle): string[] {
  return [
    `## ${lifecycle.name.replace('_', ' ')}`,
    '',
    '```mermaid',
    'stateDiagram-v2',
    `  [*] --> ${lifecycle.initial}`,
    ...lifecycle.edges.flatMap(({ from, to, event }) =>
      from.map((state) => `  ${state} --> ${to}: ${event}`),
    ),
    ...lifecycle.final.map((state) => `  ${state} --> [*]`),
    '```',
    '',
    '| event | from | to | by |',
    '| --- | --- | --- | --- |',
    ...lifecycle.edges.map(
      ({ event, from, to, by }) => `| ${event} | ${from.join(', ')} | ${to} | ${by.join(', ')} |`,
    ),
    '',
  ];
}
