import type { Reversal } from '../../services/ledger/reverse.ts';
import { notFound, Problem } from '../http/problem.ts';

/** Why a transaction is not taken back, as the problem that the caller gets. */
export function reversalRefused(
  id: number,
  reversal: Extract<Reversal, { outcome: 'refused' }>,
): Problem {
  switch (reversal.code) {
    case 'not_found':
      return notFound('ledger transaction', String(id));
    case 'is_a_reversal':
      return new Problem(
        409,
        reversal.code,
        'A reversal is not reversed: post what should be there now as an adjustment.',
      );
    case 'already_reversed':
      return new Problem(
        409,
        reversal.code,
        `Transaction ${reversal.transactionId} has reversed it.`,
        {
          reversedBy: reversal.transactionId,
        },
      );
    case 'insufficient_funds':
      return new Problem(
        422,
        reversal.code,
        `${reversal.account} holds only ${reversal.availableMinor} (minor units), and cannot give back more.`,
        { account: reversal.account, availableMinor: reversal.availableMinor },
      );
  }
}
