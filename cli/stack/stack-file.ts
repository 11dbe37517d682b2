import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { PART_NAMES } from './part.ts';
import { writePrivately } from './secrets.ts';
import type { StateFolder } from './state-folder.ts';

const IDENTITY = z.object({ pid: z.number(), started: z.string() });

const ADDRESSES = z.object({
  api: z.string(),
  apiDocs: z.string(),
  temporal: z.string(),
  temporalUi: z.string(),
  database: z.string(),
  blob: z.string(),
  paypal: z.string(),
  erp: z.string(),
  worker: z.string(),
});

/** What the supervisor tells the other commands about itself, in stack.json. */
const STACK_FILE = z.object({
  supervisor: IDENTITY,
  status: z.enum(['starting', 'ready', 'stopping']),
  addresses: ADDRESSES,
  environment: z.record(z.string(), z.string()),
  parts: z.array(
    z.object({
      name: z.enum(PART_NAMES),
      title: z.string(),
      status: z.enum(['stopped', 'starting', 'ready', 'stopping', 'failed']),
      stopSignal: z.enum(['SIGTERM', 'SIGINT']),
      process: IDENTITY.optional(),
      log: z.string(),
    }),
  ),
});

export type StackFile = z.infer<typeof STACK_FILE>;
export type Addresses = z.infer<typeof ADDRESSES>;

/** Undefined when there is none, or none that this version can read. */
export function readStackFile(state: StateFolder): StackFile | undefined {
  const file = state.file('stack.json');
  if (!existsSync(file)) return undefined;
  try {
    return STACK_FILE.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeStackFile(state: StateFolder, content: StackFile): void {
  // It holds secrets, as part of the environment.
  writePrivately(state.file('stack.json'), content);
}
