import { InvalidArgumentError } from 'commander';
import { PART_NAMES, StackError, isPartName, type PartName } from '../stack/index.ts';

/** A fault in how a command was called, or is allowed to be: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Says what is wrong in one sentence and gives the exit code that fits. */
export function report(fault: unknown): number {
  if (fault instanceof UsageError || fault instanceof StackError) console.error(fault.message);
  else console.error(fault);
  return fault instanceof UsageError ? 2 : 1;
}

export function partArgument(text: string): PartName {
  if (isPartName(text)) return text;
  throw new InvalidArgumentError(`The parts are ${PART_NAMES.join(', ')}.`);
}

export function partsArgument(text: string): PartName[] {
  return text.split(',').map((name) => partArgument(name.trim()));
}
