/** In the order of the tables that people see. */
export const PART_NAMES = [
  'postgres',
  'temporal',
  'azurite',
  'paypal',
  'erp',
  'api',
  'worker',
] as const;

export type PartName = (typeof PART_NAMES)[number];

/** One process of the stack: how to start it, and how to know that it is ready. */
export interface Part {
  readonly name: PartName;
  /** What it is, for people: "PayPal simulator". */
  readonly title: string;
  readonly address: string;
  readonly command: readonly string[];
  /** A command that takes on another user and then runs the one above. */
  readonly privileges?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly user?: { uid: number; gid: number };
  /** The signal that asks it to end in good order. */
  readonly stopSignal?: NodeJS.Signals;
  /** Done before every start, also after a crash. */
  prepare?(): Promise<void>;
  isReady(): Promise<boolean>;
  /** Done once it is ready, before anybody is told so. */
  complete?(): Promise<void>;
}

/** A fault of the stack that a person can act on: its message is shown without a stack trace. */
export class StackError extends Error {
  override name = 'StackError';
}

export function isPartName(text: string): text is PartName {
  return (PART_NAMES as readonly string[]).includes(text);
}
