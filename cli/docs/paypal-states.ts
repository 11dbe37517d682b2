import {
  PAYMENT_ACTS,
  PAYMENT_COLUMNS,
  PAYMENT_TABLE,
} from '../../src/domain/payment/paypal-states.ts';
import { PAYOUT_ACTS, PAYOUT_STATUSES } from '../../src/domain/disbursement/paypal-states.ts';
import {
  REFUND_ACTS,
  REFUND_COLUMNS,
  REFUND_TABLE,
} from '../../src/domain/refund/paypal-states.ts';

/** docs/paypal-states.md: what is done, by our state and PayPal's, from the tables themselves. */
export const paypalStatesPage = (): string =>
  [
    "# Our states and PayPal's",
    '',
    'Generated from `paypal-states.ts` in the folders of `src/domain/` by `npm run docs`; do not edit. The activities look up in the',
    'same tables what they do, and a test puts PayPal and us into each pair. `unknown` is whatever PayPal adds.',
    '',
    '## Payment',
    '',
    'An order shows what it has come to: a capture before an authorization, and that before its own status.',
    '',
    ...grid(PAYMENT_COLUMNS, PAYMENT_TABLE),
    ...legend(PAYMENT_ACTS),
    '## Refund of a capture',
    '',
    ...grid(REFUND_COLUMNS, REFUND_TABLE),
    ...legend(REFUND_ACTS),
    '## Payout',
    '',
    '| PayPal, of a batch or its item | of a referenced payout | what it is |',
    '| --- | --- | --- |',
    ...Object.keys(PAYOUT_ACTS).map(
      (standing) =>
        `| ${named('batch', standing)} | ${named('referenced', standing)} | \`${standing}\` |`,
    ),
    '',
    ...legend(PAYOUT_ACTS),
  ].join('\n');

function grid(
  columns: Record<string, readonly string[]>,
  table: Record<string, Record<string, string>>,
): string[] {
  return [
    `| PayPal | ${Object.values(columns)
      .map((states) => states.join(', '))
      .join(' | ')} |`,
    `| --- |${' --- |'.repeat(Object.keys(columns).length)}`,
    ...Object.entries(table).map(
      ([theirs, acts]) =>
        `| ${theirs} | ${Object.keys(columns)
          .map((column) => `\`${acts[column]}\``)
          .join(' | ')} |`,
    ),
    '',
  ];
}

const legend = (acts: Record<string, string>): string[] => [
  ...Object.entries(acts).map(([act, what]) => `- \`${act}\`: ${what}`),
  '',
];

const named = (api: keyof typeof PAYOUT_STATUSES, standing: string): string => {
  const names = Object.entries(PAYOUT_STATUSES[api])
    .filter(([, each]) => each === standing)
    .map(([status]) => status);
  return [...names, ...(standing === 'pending' ? ['unknown'] : [])].join(', ');
};
