import { inWords, type Fault } from '../../domain/common/faults.ts';

/**
 * An answer that says no, as RFC 9457 problem details: a stable code for programs, a sentence that
 * says what to do for people.
 */
export class Problem extends Error {
  override name = 'Problem';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** Further members of the answer: the number that would have been accepted, the faulty fields. */
    readonly extensions: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

/** Each of them says what is wrong with it. */
export const wrongFields = (faults: readonly Fault[]) =>
  new Problem(400, 'invalid_request', inWords(faults), { faults });

export const notFound = (what: string, id: string) =>
  new Problem(404, 'not_found', `There is no ${what} ${id}.`);

export const forbidden = (detail: string) => new Problem(403, 'forbidden', detail);
