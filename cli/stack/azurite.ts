import { join } from 'node:path';
import { ROOT } from './folders.ts';
import type { Part } from './part.ts';
import { answers } from './wait.ts';

// Public knowledge: the account that every Azurite has, which no real storage accepts.
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** The Blob emulator from npm; only its Blob service, and without its telemetry. */
export function azuritePart(options: { folder: string; port: number }): Part {
  const { folder, port } = options;
  return {
    name: 'azurite',
    title: 'Azurite',
    address: `http://127.0.0.1:${port}/${ACCOUNT}`,
    command: [
      process.execPath,
      join(ROOT, 'node_modules/azurite/dist/src/blob/main.js'),
      ...['--location', folder, '--blobHost', '127.0.0.1', '--blobPort', String(port)],
      ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
    ],
    // It has no page for health; any answer, even a refusal, shows that it is listening.
    isReady: () => answers(`http://127.0.0.1:${port}/`, 'anything'),
  };
}

export function azuriteConnectionString(port: number): string {
  return (
    `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};` +
    `BlobEndpoint=http://127.0.0.1:${port}/${ACCOUNT};`
  );
}
