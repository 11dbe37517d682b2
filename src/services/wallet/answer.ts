import { accounts } from '../../domain/ledger/ledger.ts';
import {
  transferId,
  type RefusedTransfer,
  type TransferAnswer,
  type TransferRequest,
} from './transfer.ts';

/** A transfer that was answered before, in this batch or an earlier one. */
export type Earlier = Pick<TransferRequest, 'recipientId' | 'currency' | 'amountMinor' | 'note'> & {
  readonly answer: TransferAnswer;
};

export interface Made {
  readonly id: string;
  readonly request: TransferRequest;
}

export interface Refused extends Made {
  readonly availableMinor: number;
}

/** The wallets of a batch and what they hold, by walletKey(); all of them locked. */
export interface Wallets {
  readonly balances: Map<string, number>;
  /** The time of what is posted to them now. */
  readonly postAt: string;
}

export const walletKey = (ownerId: string, currency: string): string =>
  `${currency} ${accounts.wallet(ownerId)}`;

/** Answers requests in their order, each with what the one before has left in the wallets. */
export function answersOf(
  requests: readonly TransferRequest[],
  { balances, postAt }: Wallets,
  earlier: Map<string, Earlier>,
): { answers: TransferAnswer[]; made: Made[]; refused: Refused[] } {
  const made: Made[] = [];
  const refused: Refused[] = [];
  const answers = requests.map((request): TransferAnswer => {
    const id = transferId(request);
    const before = earlier.get(id);
    if (before) return isSame(request, before) ? before.answer : refuse('idempotency_key_reused');

    const { senderId, recipientId, currency, amountMinor } = request;
    if (senderId === recipientId) return refuse('same_wallet');
    const [from, to] = [walletKey(senderId, currency), walletKey(recipientId, currency)];
    if (!balances.has(to)) return refuse('wallet_not_found');
    const availableMinor = balances.get(from) ?? 0;
    if (availableMinor < amountMinor) {
      refused.push({ id, request, availableMinor });
      return remember({ made: false, code: 'insufficient_funds', availableMinor });
    }
    balances.set(from, availableMinor - amountMinor);
    balances.set(to, balances.get(to)! + amountMinor);
    made.push({ id, request });
    return remember({ made: true, id, postedAt: new Date(postAt).toISOString() });

    function remember(answer: TransferAnswer): TransferAnswer {
      earlier.set(id, { ...request, answer });
      return answer;
    }
  });
  return { answers, made, refused };
}

const isSame = (request: TransferRequest, before: Earlier): boolean =>
  request.recipientId === before.recipientId &&
  request.currency === before.currency &&
  request.amountMinor === before.amountMinor &&
  request.note === before.note;

const refuse = (code: Exclude<RefusedTransfer['code'], 'insufficient_funds'>): RefusedTransfer => ({
  made: false,
  code,
});
