import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings, SETTINGS } from '../../src/settings.ts';
import { API_FLAGS } from './api.ts';
import { ROOT } from './folders.ts';

const COMPOSE = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()).optional(),
      volumes: z.array(z.string()).optional(),
      depends_on: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()),
});

const { services, volumes } = COMPOSE.parse(
  load(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), {
    schema: CORE_SCHEMA.withTags(mergeTag),
  }),
);

describe('docker-compose.yml', () => {
  it.each(['api', 'worker', 'migrate'])('gives %s settings that it accepts', (name) => {
    const environment = asCompose(services[name]?.environment ?? {});
    expect(Object.keys(environment).filter((setting) => !(setting in SETTINGS.shape))).toEqual([]);
    expect(() => readSettings(environment)).not.toThrow();
  });

  it('gives the simulators the secrets that the API has', () => {
    const [api, paypal, erp] = ['api', 'paypal', 'erp'].map((name) =>
      asCompose(services[name]?.environment ?? {}),
    );
    expect(paypal).toMatchObject({
      CLIENT_ID: api?.PAYPAL_CLIENT_ID,
      CLIENT_SECRET: api?.PAYPAL_CLIENT_SECRET,
      WEBHOOK_ID: api?.PAYPAL_WEBHOOK_ID,
    });
    expect(erp).toMatchObject({ SECRET: api?.ERP_SECRET });
  });

  it('names only services and volumes that it has', () => {
    const used = Object.values(services).flatMap((service) => service.volumes ?? []);
    const awaited = Object.values(services).flatMap((service) =>
      Object.keys(service.depends_on ?? {}),
    );
    expect(Object.keys(volumes)).toEqual(
      expect.arrayContaining(used.map((volume) => volume.split(':')[0])),
    );
    expect(Object.keys(services)).toEqual(expect.arrayContaining(awaited));
  });
});

describe('the command that starts the API', () => {
  const command = ['node', ...API_FLAGS, 'dist/src/main.api.js'];
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

  it('has the same flags in containers and in package.json as on one machine', () => {
    expect(services.api?.command).toEqual(command);
    const inImages = read('Dockerfile').match(/^CMD .*$/gm);
    expect(inImages?.map((line): unknown => JSON.parse(line.slice('CMD '.length)))).toEqual([
      command,
      command,
    ]);
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    expect(scripts['start:api']).toBe(command.join(' '));
  });
});

/** Fills in the defaults of ${NAME:-default} and ${NAME-default}, as with nothing set. */
function asCompose(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [
      name,
      text.replace(/\$\{\w+:?-([^}]*)\}/g, '$1'),
    ]),
  );
}
