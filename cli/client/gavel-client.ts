import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../src/api/http/tokens.ts';
import { developmentToken } from '../commands/token.ts';

/** The API refused: its problem details. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(`${status} ${code}: ${detail}`);
  }
}

/** Answers that say "not now", and what a lost connection gives. */
const WORTH_ANOTHER_TRY = [429, 502, 503, 504];
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Longer than a restart of any part takes. */
const GIVE_UP_AFTER_MS = 120_000;

/** The API as a person in a role uses it. Repeats what may not have arrived, with the same key. */
export class GavelClient {
  private token: Promise<string> | undefined;

  constructor(
    private readonly baseUrl: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly role: Role,
    private readonly subject: string,
  ) {}

  get<Answer>(path: string): Promise<Answer> {
    return this.call<Answer>('GET', path);
  }

  post<Answer>(
    path: string,
    body: object = {},
    {
      key = randomUUID() as string,
      headers = {},
    }: { key?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    return this.call<Answer>('POST', path, body, { ...headers, 'idempotency-key': key });
  }

  /**
   * Writes what may be there already, as it was left by an earlier run: then with the ETag that it has.
   * Nothing is done about somebody else who writes it at the same time.
   */
  async write(path: string, body: object, { at = path, key }: { at?: string; key?: string } = {}) {
    const etag = await this.etagOf(at);
    await this.post(path, body, { key, headers: etag === undefined ? {} : { 'if-match': etag } });
  }

  async text(path: string): Promise<string> {
    return (await this.send('GET', path)).text;
  }

  private async etagOf(path: string): Promise<string | undefined> {
    try {
      return (await this.send('GET', path)).etag;
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) return undefined;
      throw error;
    }
  }

  private async call<Answer>(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return JSON.parse((await this.send(method, path, body, headers)).text) as Answer;
  }

  private async send(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Received> {
    this.token ??= developmentToken(
      { role: [this.role], subject: this.subject, hours: 12 },
      this.environment,
    );
    const authorization = `Bearer ${await this.token}`;
    const startedAt = performance.now();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const received = await receive(`${this.baseUrl}${path}`, {
        method,
        headers: { ...headers, authorization, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      }).catch((error: unknown) => error as Error);
      if (!(received instanceof Error) && received.ok) return received;
      const givesUp = performance.now() - startedAt > GIVE_UP_AFTER_MS;
      if (received instanceof Error) {
        if (givesUp) throw received;
      } else if (!WORTH_ANOTHER_TRY.includes(received.status) || givesUp) throw problem(received);
      await sleep(pauseMs);
    }
  }
}

interface Received {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
  readonly etag: string | undefined;
}

/** With its body: a connection can also be lost in the middle of an answer. */
async function receive(url: string, request: RequestInit): Promise<Received> {
  const response = await fetch(url, request);
  const { ok, status, headers } = response;
  return { ok, status, text: await response.text(), etag: headers.get('etag') ?? undefined };
}

function problem({ status, text }: Received): ApiProblem {
  const body = bodyOf(text);
  const code = String(body.code ?? 'unknown');
  return new ApiProblem(status, code, String(body.detail ?? 'no details given'), body);
}

/** Whatever stands between may answer with something else than JSON. */
function bodyOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
