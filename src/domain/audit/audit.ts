import { LIFECYCLES, type SubjectKind } from '../lifecycle/index.ts';

/** What people edit without a lifecycle: it is recorded with its rows before and after. */
const EDITED_KINDS = [
  'bidder',
  'seller',
  'policy',
  'sale',
  'admission',
  'ledger_transaction',
  'notice',
] as const;

export type AuditedKind = SubjectKind | (typeof EDITED_KINDS)[number];

/** All that the audit log is about. */
export const AUDITED_KINDS: readonly AuditedKind[] = [
  ...(Object.keys(LIFECYCLES) as SubjectKind[]),
  ...EDITED_KINDS,
];
