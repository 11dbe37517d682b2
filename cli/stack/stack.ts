import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { built, stateFolder } from './folders.ts';
import { Held } from './held.ts';
import { endLeftovers } from './leftovers.ts';
import { releaseLock, takeLock } from './lock.ts';
import { PART_NAMES, StackError, type PartName } from './part.ts';
import { makePlan, type Plan, type PlanOptions } from './plan.ts';
import { Ports } from './ports.ts';
import { identify } from './process-identity.ts';
import { writeStackFile, type Addresses, type StackFile } from './stack-file.ts';
import { StateFolder } from './state-folder.ts';
import { SupervisedPart } from './supervised-part.ts';

export interface StackOptions {
  /** The folder of the state; by default GAVEL_STATE, else .gavel/ at the root. */
  readonly state?: string;
  /** Clears the state first. */
  readonly fresh?: boolean;
  readonly quiet?: boolean;
  /** The others are held until somebody starts them. */
  readonly only?: readonly PartName[];
  readonly say?: (line: string) => void;
  readonly extraEnvironment?: Record<string, string>;
  /** `free` leaves the usual ports to a stack that people work with; for tests. */
  readonly ports?: 'usual' | 'free';
  /** False leaves the database empty. */
  readonly migrate?: boolean;
  readonly settingsOfPostgres?: readonly string[];
  readonly temporalInMemory?: boolean;
  /** Gives up a start that is still under way. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  readonly addresses: Addresses;
  readonly environment: Record<string, string>;
  readonly state: string;
  part(name: PartName): StackPart;
  stop(): Promise<void>;
}

export interface StackPart {
  /** Ends it as a crash would; it is started again at once. */
  kill(): Promise<void>;
  /** Stops it in good order; it stays so until start(). */
  stop(): Promise<void>;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  whenReady(): Promise<void>;
}

/** Started in this order, each row at once; stopped in the opposite one. */
const ROWS: readonly (readonly PartName[])[] = [
  ['postgres', 'temporal', 'azurite', 'paypal', 'erp'],
  ['api', 'worker'],
];

const LOOK_FOR_HELD_EVERY_MS = 250;

/** Brings every part up and keeps it up. Throws a StackError with a sentence when it cannot. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const say = options.quiet ? () => undefined : (options.say ?? console.log);
  const state = StateFolder.open(options.state ?? stateFolder());
  if (!takeLock(state))
    throw new StackError(`A stack is already running on ${state.path}, or about to.`);
  try {
    await endLeftovers(state, say);
    if (options.fresh) state.clear();
    const ports = new Ports(options.ports ?? 'usual', say);
    const plan = await makePlan({
      state,
      ports,
      given: process.env,
      extraEnvironment: options.extraEnvironment ?? {},
      settingsOfPostgres: options.settingsOfPostgres,
      temporalInMemory: options.temporalInMemory,
    } satisfies PlanOptions);
    const stack = new RunningParts(state, plan, say);
    await stack.start(options);
    return stack;
  } catch (fault) {
    releaseLock(state);
    throw fault;
  }
}

class RunningParts implements Stack {
  readonly addresses: Addresses;
  readonly environment: Record<string, string>;
  readonly state: string;
  private readonly folder: StateFolder;
  private readonly held: Held;
  private readonly parts: readonly SupervisedPart[];
  private status: StackFile['status'] = 'starting';
  private watch: NodeJS.Timeout | undefined;
  private stopping: Promise<void> | undefined;

  constructor(folder: StateFolder, plan: Plan, say: (line: string) => void) {
    this.folder = folder;
    this.state = folder.path;
    this.held = new Held(folder);
    this.addresses = plan.addresses;
    this.environment = plan.environment;
    this.parts = plan.parts.map(
      (part) =>
        new SupervisedPart(part, { log: folder.log(part.name), environment: process.env, say }),
    );
    for (const part of this.parts) part.onChange(() => this.publish());
  }

  async start(options: StackOptions): Promise<void> {
    this.held.clear();
    for (const name of PART_NAMES)
      if (options.only && !options.only.includes(name)) this.held.add(name);
    this.publish();
    try {
      await unlessAborted(this.startRows(options.migrate ?? true), options.signal);
    } catch (fault) {
      await this.stop();
      throw fault;
    }
    this.status = 'ready';
    this.publish();
    this.watch = setInterval(() => this.obeyHeld(), LOOK_FOR_HELD_EVERY_MS);
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopRows();
    return this.stopping;
  }

  part(name: PartName): StackPart {
    const part = this.parts.find((candidate) => candidate.part.name === name);
    if (!part) throw new StackError(`${name} is given by the environment, so it is not ours.`);
    return {
      kill: () => part.kill(),
      whenReady: () => part.whenReady(),
      stop: () => {
        this.held.add(name);
        return part.stop();
      },
      start: () => {
        this.held.remove(name);
        return part.start();
      },
    };
  }

  private async startRows(migrate: boolean): Promise<void> {
    for (const row of ROWS) {
      if (row.includes('api') && migrate) await this.migrate();
      if (this.stopping) return;
      await Promise.all(this.free(row).map((part) => part.start()));
    }
  }

  private async stopRows(): Promise<void> {
    clearInterval(this.watch);
    this.status = 'stopping';
    for (const row of ROWS.toReversed())
      await Promise.all(this.inRow(row).map((part) => part.stop()));
    this.publish();
    releaseLock(this.folder);
  }

  private async migrate(): Promise<void> {
    const entry = built('src/main.migrate.js');
    try {
      await promisify(execFile)(process.execPath, [entry], {
        env: { ...process.env, ...this.environment },
      });
    } catch (fault) {
      const { stderr } = fault as { stderr?: string };
      throw new StackError(`The database could not be migrated: ${stderr || String(fault)}`);
    }
  }

  /** Does what `bin/gavel stop` and `bin/gavel start` have asked for. */
  private obeyHeld(): void {
    for (const part of this.parts) {
      const held = this.held.has(part.part.name);
      if (held && part.status !== 'stopped' && part.status !== 'stopping') void part.stop();
      // A part that does not come up says so in its log and its status.
      if (!held && part.status === 'stopped') part.start().catch(() => undefined);
    }
  }

  private inRow(row: readonly PartName[]): SupervisedPart[] {
    return this.parts.filter((part) => row.includes(part.part.name));
  }

  private free(row: readonly PartName[]): SupervisedPart[] {
    return this.inRow(row).filter((part) => !this.held.has(part.part.name));
  }

  private publish(): void {
    writeStackFile(this.folder, {
      supervisor: identify(process.pid) ?? { pid: process.pid, started: '' },
      status: this.status,
      addresses: this.addresses,
      environment: this.environment,
      parts: this.parts.map(({ part, status, log, identity }) => ({
        name: part.name,
        title: part.title,
        status,
        log,
        process: identity,
        stopSignal: part.stopSignal === 'SIGINT' ? 'SIGINT' : 'SIGTERM',
      })),
    });
  }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  const aborted = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new StackError('The start was interrupted.'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
  });
  await Promise.race([work, aborted]);
}
