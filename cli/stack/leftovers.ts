import { endProcess, isAlive } from './process-identity.ts';
import { readStackFile } from './stack-file.ts';
import type { StateFolder } from './state-folder.ts';

const PATIENCE_MS = 10_000;

/** Ends the processes of a supervisor that was itself ended before it could stop them. */
export async function endLeftovers(state: StateFolder, say: (line: string) => void): Promise<void> {
  const parts = readStackFile(state)?.parts ?? [];
  const left = parts.filter((part) => isAlive(part.process));
  if (left.length === 0) return;
  say(`Ending what an earlier run has left: ${left.map((part) => part.title).join(', ')}.`);
  await Promise.all(left.map((part) => endProcess(part.process!, part.stopSignal, PATIENCE_MS)));
}
