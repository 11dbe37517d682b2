import { createServer, type AddressInfo } from 'node:net';

/** Hands out ports: the usual one where it is free, else any free one, never the same one twice. */
export class Ports {
  private readonly given = new Set<number>();
  private readonly preference: 'usual' | 'free';
  private readonly say: (line: string) => void;

  constructor(preference: 'usual' | 'free', say: (line: string) => void) {
    this.preference = preference;
    this.say = say;
  }

  async take(usual: number, purpose: string): Promise<number> {
    if (this.preference === 'free') return this.takeFree();
    if (!this.given.has(usual) && (await listenable(usual)) !== undefined) {
      this.given.add(usual);
      return usual;
    }
    const port = await this.takeFree();
    this.say(`Port ${usual} is taken, so ${purpose} listens on ${port}.`);
    return port;
  }

  async takeFree(): Promise<number> {
    for (;;) {
      const port = await listenable(0);
      if (port === undefined) throw new Error('No free port was found on 127.0.0.1.');
      if (this.given.has(port)) continue;
      this.given.add(port);
      return port;
    }
  }
}

/** The port if it can be listened on at this moment; 0 asks for any. */
function listenable(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: taken } = server.address() as AddressInfo;
      server.close(() => resolve(taken));
    });
  });
}
