import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { developmentToken } from '../commands/token.ts';

type Role = 'bidder' | 'seller' | 'operator' | 'finance' | 'admin';

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

  async text(path: string): Promise<string> {
    const response = await this.send('GET', path);
    return response.text();
  }

  private async call<Answer>(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await this.send(method, path, body, headers);
    return (await response.json()) as Answer;
  }

  private async send(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    this.token ??= developmentToken(
      { role: [this.role], subject: this.subject, hours: 12 },
      this.environment,
    );
    const authorization = `Bearer ${await this.token}`;
    const startedAt = performance.now();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const response = await fetch(`${this.baseUrl}${path}`, {
        method,
        headers: { ...headers, authorization, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      }).catch((error: unknown) => error as Error);
      if (response instanceof Response && response.ok) return response;
      const givesUp = performance.now() - startedAt > GIVE_UP_AFTER_MS;
      if (response instanceof Response) {
        if (!WORTH_ANOTHER_TRY.includes(response.status) || givesUp) throw await problem(response);
        await response.body?.cancel();
      } else if (givesUp) throw response;
      await sleep(pauseMs);
    }
  }
}

async function problem(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const code = String(body.code ?? 'unknown');
  return new ApiProblem(response.status, code, String(body.detail ?? response.statusText), body);
}
