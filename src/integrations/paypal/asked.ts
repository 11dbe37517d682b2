/**
 * An id that PayPal is to be asked about. The SDK leaves out an empty one and so asks something else: of a
 * refund without a capture's id, for one of another address. Throws a RangeError: it is a fault of ours.
 */
export function idAsked(operation: string, id: string): string {
  if (typeof id === 'string' && id.trim() !== '') return id;
  throw new RangeError(`${operation}: the id of what PayPal is asked about is missing`);
}

/**
 * Money that PayPal is asked to move, in minor units. Without an amount the SDK asks for all there is: the
 * whole of a capture is refunded. Throws a RangeError.
 */
export function amountAsked(operation: string, amountMinor: number): number {
  if (Number.isSafeInteger(amountMinor) && amountMinor > 0) return amountMinor;
  throw new RangeError(`${operation}: ${amountMinor} is no amount of money to move`);
}
