import { existsSync, readFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { importJWK, SignJWT } from 'jose';
import { ROLES, type Role } from '../../src/api/http/tokens.ts';
import { stateFolder } from '../stack/folders.ts';
import { DEVELOPMENT_ISSUER } from '../stack/plan.ts';
import { keptDevelopmentKey, type DevelopmentKey } from '../stack/secrets.ts';
import { readStackFile } from '../stack/stack-file.ts';
import { StateFolder } from '../stack/state-folder.ts';
import { UsageError } from './fail.ts';

interface TokenOptions {
  readonly role: readonly Role[];
  readonly subject?: string;
  readonly hours: number;
}

export function tokenCommand(program: Command): void {
  program
    .command('token')
    .description('print a bearer token for the development API')
    .requiredOption('--role <role>', `${ROLES.join(', ')}; may be given again`, roleArgument)
    .option('--subject <id>', 'whom the token speaks for (default: the first role)')
    .option('--hours <n>', 'how long it is valid', hoursArgument, 12)
    .addHelpText(
      'after',
      () =>
        `\ncurl -H "Authorization: Bearer $(bin/gavel token --role operator)" ${apiAddress()}/v1/auctions`,
    )
    .action(async (options: TokenOptions) => console.log(await developmentToken(options)));
}

/** Where the API is now; where it would be, when nothing runs. */
export function apiAddress(environment: NodeJS.ProcessEnv = process.env): string {
  const state = StateFolder.existing(stateFolder(environment));
  const stack = state && readStackFile(state);
  return stack?.addresses.api ?? `http://127.0.0.1:${environment.API_PORT || 3000}`;
}

/** Signed with the key that the API trusts in development only. */
export async function developmentToken(
  options: TokenOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  if (environment.GAVEL_ENVIRONMENT === 'production')
    throw new UsageError(
      'Tokens are made here for development only; in production they come from the ' +
        'OpenID provider (AUTH_ISSUER). GAVEL_ENVIRONMENT is production.',
    );
  const { privateKey } = await developmentKey(environment);
  return new SignJWT({ [environment.AUTH_ROLES_CLAIM || 'roles']: options.role })
    .setProtectedHeader({ alg: privateKey.alg ?? 'EdDSA', kid: privateKey.kid })
    .setIssuer(environment.AUTH_ISSUER || DEVELOPMENT_ISSUER)
    .setAudience(environment.AUTH_AUDIENCE || 'gavel')
    .setSubject(options.subject ?? options.role[0] ?? 'nobody')
    .setIssuedAt()
    .setExpirationTime(`${options.hours}h`)
    .sign(await importJWK(privateKey));
}

async function developmentKey(environment: NodeJS.ProcessEnv): Promise<DevelopmentKey> {
  const given = environment.AUTH_DEVELOPMENT_KEY_FILE;
  if (given && !existsSync(given)) throw new UsageError(`There is no key file ${given}.`);
  const file = given || (await keptDevelopmentKey(StateFolder.open(stateFolder(environment))));
  return JSON.parse(readFileSync(file, 'utf8')) as DevelopmentKey;
}

function roleArgument(text: string, before: Role[] = []): Role[] {
  const role = ROLES.find((candidate) => candidate === text);
  if (!role) throw new InvalidArgumentError(`The roles are ${ROLES.join(', ')}.`);
  return [...before, role];
}

function hoursArgument(text: string): number {
  const hours = Number(text);
  if (!(hours > 0 && hours <= 24 * 365))
    throw new InvalidArgumentError('Hours are a number above 0, at most 8760.');
  return hours;
}
