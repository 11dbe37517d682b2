import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { StackError, type Part } from './part.ts';
import { identify, send, type ProcessIdentity } from './process-identity.ts';
import { endingWithUs } from './setpriv.ts';
import { until } from './wait.ts';

export type PartStatus = 'stopped' | 'starting' | 'ready' | 'stopping' | 'failed';

const READY_PATIENCE_MS = 60_000;
const STOP_PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A life this long means that the next death is a new fault, not the same one again. */
const LONG_LIFE_MS = 30_000;
/** Before a part has been ready once, dying this often means that it cannot start at all. */
const FIRST_TRIES = 3;

/** Keeps one process alive from start() to stop(), however often it dies in between. */
export class SupervisedPart {
  readonly part: Part;
  readonly log: string;
  private readonly environment: NodeJS.ProcessEnv;
  private readonly say: (line: string) => void;
  private readonly stopPatienceMs: number;
  private readonly changes = new EventEmitter();

  private current: PartStatus = 'stopped';
  private process: ChildProcess | undefined;
  private life: Promise<void> | undefined;
  private ending = new AbortController();
  private hasBeenReady = false;

  constructor(
    part: Part,
    options: {
      log: string;
      environment: NodeJS.ProcessEnv;
      say: (line: string) => void;
      stopPatienceMs?: number;
    },
  ) {
    this.part = part;
    this.log = options.log;
    this.environment = options.environment;
    this.say = options.say;
    this.stopPatienceMs = options.stopPatienceMs ?? STOP_PATIENCE_MS;
  }

  get status(): PartStatus {
    return this.current;
  }

  get identity(): ProcessIdentity | undefined {
    return this.process?.pid === undefined ? undefined : identify(this.process.pid);
  }

  onChange(listener: () => void): void {
    this.changes.on('status', listener);
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    if (this.current === 'stopping') await this.life;
    if (this.life === undefined) {
      this.ending = new AbortController();
      this.become('starting');
      this.life = this.live().finally(() => (this.life = undefined));
    }
    await this.whenReady();
  }

  async stop(): Promise<void> {
    if (this.life === undefined) return this.become('stopped');
    this.become('stopping');
    this.ending.abort();
    this.signal(this.part.stopSignal ?? 'SIGTERM');
    const tooLong = setTimeout(() => this.signal('SIGKILL'), this.stopPatienceMs);
    await this.life;
    clearTimeout(tooLong);
  }

  /** Ends it without warning, as a crash would. It is started again at once. */
  async kill(): Promise<void> {
    const process = this.process;
    if (process === undefined) return;
    const exit = once(process, 'exit');
    this.signal('SIGKILL');
    await exit;
  }

  async whenReady(): Promise<void> {
    while (this.current !== 'ready') {
      if (this.current === 'failed') throw new StackError(this.failure());
      if (this.current !== 'starting') throw new StackError(`${this.part.title} was stopped.`);
      await once(this.changes, 'status');
    }
  }

  private async live(): Promise<void> {
    let deaths = 0;
    while (!this.ending.signal.aborted) {
      const born = performance.now();
      const cause = await this.liveOnce();
      if (this.ending.signal.aborted) break;

      deaths = performance.now() - born > LONG_LIFE_MS ? 1 : deaths + 1;
      if (!this.hasBeenReady && deaths >= FIRST_TRIES) return this.become('failed');
      await this.takeABreak(deaths, cause);
    }
    this.become('stopped');
  }

  /** One process from its start to its end; says how it ended. */
  private async liveOnce(): Promise<string> {
    this.become('starting');
    const over = new AbortController();
    try {
      await this.part.prepare?.();
      if (this.ending.signal.aborted) return 'stopped';
      const process = this.spawn();
      const exit = once(process, 'exit').finally(() => over.abort());
      void this.watchForReadiness(over.signal);
      const [code, signal] = (await exit) as [number | null, NodeJS.Signals | null];
      return signal ?? `exit code ${code}`;
    } catch (fault) {
      this.note(String(fault));
      return fault instanceof Error ? fault.message : String(fault);
    } finally {
      this.process = undefined;
    }
  }

  private async watchForReadiness(over: AbortSignal): Promise<void> {
    const ready = await until(() => this.part.isReady(), READY_PATIENCE_MS, over);
    if (over.aborted) return;
    try {
      if (!ready) throw new Error(`not ready after ${READY_PATIENCE_MS / 1_000} s`);
      await this.part.complete?.();
      if (over.aborted || this.ending.signal.aborted) return;
      this.hasBeenReady = true;
      this.become('ready');
    } catch (fault) {
      this.note(String(fault));
      this.signal('SIGKILL');
    }
  }

  private spawn(): ChildProcess {
    const { part } = this;
    const stopSignal = part.stopSignal === 'SIGINT' ? 'SIGINT' : 'SIGKILL';
    const [command, ...rest] = [
      ...(part.privileges ?? []),
      ...endingWithUs(part.command, stopSignal),
    ];
    const log = openSync(this.log, 'a', 0o600);
    this.process = spawn(command!, rest, {
      ...part.user,
      cwd: '/',
      // Its own group, so that Ctrl-C reaches us alone and the parts end in their order.
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...this.environment, ...part.environment },
    });
    closeSync(log);
    this.process.once('exit', () => this.become('starting'));
    return this.process;
  }

  private async takeABreak(deaths: number, cause: string): Promise<void> {
    const milliseconds = Math.min(FIRST_PAUSE_MS * 2 ** (deaths - 1), LONGEST_PAUSE_MS);
    this.become('starting');
    this.say(
      `${this.part.title} has ended (${cause}); starting it again in ${milliseconds / 1_000} s.`,
    );
    await pause(milliseconds, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.identity) send(this.identity, signal);
  }

  private become(status: PartStatus): void {
    // While it is being stopped, only its end is of interest.
    if (this.current === 'stopping' && status !== 'stopped') return;
    if (this.current === status) return;
    this.current = status;
    this.changes.emit('status');
  }

  private note(line: string): void {
    const log = openSync(this.log, 'a', 0o600);
    writeSync(log, `${line}\n`);
    closeSync(log);
  }

  private failure(): string {
    const lines = readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-12);
    return `${this.part.title} could not be started. The end of ${this.log}:\n${lines.join('\n')}`;
  }
}
