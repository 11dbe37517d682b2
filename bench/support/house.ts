import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentToken } from '../../cli/commands/token.ts';
import { Ports } from '../../cli/stack/ports.ts';
import { postgresPart } from '../../cli/stack/postgres.ts';
import { keptDevelopmentKey, keptSecrets } from '../../cli/stack/secrets.ts';
import { StateFolder } from '../../cli/stack/state-folder.ts';
import { SupervisedPart } from '../../cli/stack/supervised-part.ts';

/** A temporary folder with a PostgreSQL of its own, durable as it is by default, and a signing key. */
export class House {
  private constructor(
    readonly folder: string,
    readonly databaseUrl: string,
    readonly keyFile: string,
    private readonly postgres: SupervisedPart,
  ) {}

  static async open(): Promise<House> {
    const folder = await mkdtemp(join(tmpdir(), 'gavel-bench-'));
    try {
      const state = StateFolder.open(folder);
      const part = await postgresPart({
        data: state.file('postgres'),
        port: await new Ports('free', () => undefined).takeFree(),
        password: keptSecrets(state).databasePassword,
      });
      const postgres = new SupervisedPart(part, {
        log: state.log('postgres'),
        environment: process.env,
        say: (line) => console.error(line),
      });
      const house = new House(folder, part.address, await keptDevelopmentKey(state), postgres);
      await postgres.start();
      return house;
    } catch (fault) {
      await rm(folder, { recursive: true, force: true });
      throw fault;
    }
  }

  bidderToken(bidderId: string): Promise<string> {
    return developmentToken(
      { role: ['bidder'], subject: bidderId, hours: 12 },
      { AUTH_DEVELOPMENT_KEY_FILE: this.keyFile },
    );
  }

  async close(): Promise<void> {
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
