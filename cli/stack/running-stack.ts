import { Held } from './held.ts';
import { stateFolder } from './folders.ts';
import { StackError, type PartName } from './part.ts';
import { isAlive, send } from './process-identity.ts';
import { readStackFile, type Addresses, type StackFile } from './stack-file.ts';
import { startStack, type StackOptions, type StackPart } from './stack.ts';
import { StateFolder } from './state-folder.ts';
import { answers, until } from './wait.ts';

/** A stack whose supervisor is another process. */
export interface RunningStack {
  readonly addresses: Addresses;
  readonly environment: Record<string, string>;
  readonly state: string;
  readonly supervisor: number;
  readonly parts: StackFile['parts'];
  part(name: PartName): StackPart;
}

const START_PATIENCE_MS = 120_000;
const STOP_PATIENCE_MS = 30_000;
const API_PATIENCE_MS = 15_000;
/** So long a part may be on its way before it is asked what it waits for. */
const UNREADY_PATIENCE_MS = 15_000;

/** Undefined when no supervisor lives. One that is still starting is waited for. */
export async function runningStack(path = stateFolder()): Promise<RunningStack | undefined> {
  const stack = await runningSupervisor(path);
  if (!stack) return undefined;
  const api = stack.parts.find((part) => part.name === 'api');
  const { addresses } = stack;
  // A part that a person has stopped is stopped for a reason; a part that died is a fault.
  if (api && api.status !== 'stopped') {
    const up = await until(() => answers(`${addresses.api}/readyz`), API_PATIENCE_MS);
    if (!up)
      throw new StackError(
        `A stack is running on ${path}, but its API does not answer. Its log is ${api.log}.`,
      );
  }
  return stack;
}

/** The same, without asking the API whether it is well. */
export async function runningSupervisor(path = stateFolder()): Promise<RunningStack | undefined> {
  const state = StateFolder.existing(path);
  if (!state) return undefined;
  const read = () => {
    const file = readStackFile(state);
    return file && isAlive(file.supervisor) && file.status !== 'stopping' ? file : undefined;
  };
  await until(() => read()?.status !== 'starting', START_PATIENCE_MS);
  const file = read();
  if (!file) return undefined;
  return {
    addresses: file.addresses,
    environment: file.environment,
    state: state.path,
    supervisor: file.supervisor.pid,
    parts: file.parts,
    part: (name) => remotePart(state, read, name),
  };
}

export interface UsedStack {
  readonly addresses: Addresses;
  readonly environment: Record<string, string>;
  readonly state: string;
  /** False when it was running before. */
  readonly startedHere: boolean;
  part(name: PartName): StackPart;
  /** Stops what was started here, and nothing else. */
  release(): Promise<void>;
}

/** The stack that is running, else one of our own. */
export async function useStack(options: StackOptions = {}): Promise<UsedStack> {
  const running = await runningStack(options.state);
  if (running) {
    if (options.fresh)
      throw new StackError(
        `The stack on ${running.state} is running, so its state cannot be cleared. ` +
          'Stop it first (Ctrl-C where it runs).',
      );
    return { ...running, startedHere: false, release: () => Promise.resolve() };
  }
  const stack = await startStack(options);
  return {
    addresses: stack.addresses,
    environment: stack.environment,
    state: stack.state,
    startedHere: true,
    part: (name) => stack.part(name),
    release: () => stack.stop(),
  };
}

function remotePart(
  state: StateFolder,
  read: () => StackFile | undefined,
  name: PartName,
): StackPart {
  const held = new Held(state);
  const current = () => read()?.parts.find((part) => part.name === name);
  if (!current()) throw new StackError(`${name} is given by the environment, so it is not ours.`);

  return {
    kill: async () => {
      const victim = current()?.process;
      if (!victim) return;
      send(victim, 'SIGKILL');
      await until(() => !isAlive(victim), STOP_PATIENCE_MS);
    },
    stop: async () => {
      held.add(name);
      await reach('stopped', STOP_PATIENCE_MS);
    },
    start: async () => {
      held.remove(name);
      await reach('ready', START_PATIENCE_MS);
    },
    whenReady: () => reach('ready', START_PATIENCE_MS),
  };

  async function reach(status: 'stopped' | 'ready', patienceMs: number): Promise<void> {
    let reason: string | undefined;
    const unready = performance.now() + UNREADY_PATIENCE_MS;
    const over = async () => {
      if (hasReached(status)) return true;
      // What is there and says what it waits for is not waited for as long: it goes on by itself.
      if (status === 'ready' && performance.now() > unready)
        reason = await whyNotReady(addressOf(read(), name));
      return reason !== undefined;
    };
    if ((await until(over, patienceMs)) && reason === undefined) return;
    if (reason !== undefined)
      throw new StackError(`${name} runs, but is not ready. ${reason} It goes on by itself.`);
    throw new StackError(
      `${name} is not ${status} after ${patienceMs / 1_000} s. Its log is ${state.log(name)}.`,
    );
  }
  function hasReached(status: 'stopped' | 'ready'): boolean {
    const part = current();
    // The supervisor needs a moment to notice a death.
    return part?.status === status && (status === 'stopped' || isAlive(part.process));
  }
}

const addressOf = (file: StackFile | undefined, name: PartName): string | undefined =>
  name === 'api' || name === 'worker' ? file?.addresses[name] : undefined;

/** What a part that lives says at /readyz; undefined when it says nothing, or is ready. */
async function whyNotReady(address: string | undefined): Promise<string | undefined> {
  if (address === undefined) return undefined;
  try {
    const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5_000) });
    return response.status === 503 ? `${(await response.text()).trim()}.` : undefined;
  } catch {
    return undefined;
  }
}
