import type { EntityManager } from 'typeorm';
import { issueCredit, type Credit } from '../../services/wallet/credit.ts';
import { Problem } from '../http/problem.ts';

/** Puts store credit into a wallet, and answers what it holds then. Throws a Problem that says why not. */
export async function giveCredit(tx: EntityManager, credit: Credit): Promise<number> {
  const issued = await issueCredit(tx, credit);
  switch (issued.outcome) {
    case 'issued':
      return issued.balanceMinor;
    case 'noWallet':
      throw noWallet(credit);
    case 'refused':
      throw insufficientFunds(issued.availableMinor);
  }
}

export const noWallet = ({ ownerId, currency }: Pick<Credit, 'ownerId' | 'currency'>) =>
  new Problem(
    404,
    'wallet_not_found',
    `${ownerId} has no wallet in ${currency}: whoever receives money opens one first.`,
  );

export const insufficientFunds = (availableMinor: number) =>
  new Problem(422, 'insufficient_funds', `Only ${availableMinor} (minor units) are there.`, {
    availableMinor,
  });
