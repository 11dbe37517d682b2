import { built } from './folders.ts';
import type { Part } from './part.ts';
import { answers } from './wait.ts';

export function apiPart(port: number, environment: NodeJS.ProcessEnv): Part {
  const address = `http://127.0.0.1:${port}`;
  return {
    name: 'api',
    title: 'API',
    address,
    command: [process.execPath, built('src/main.api.js')],
    environment,
    isReady: () => answers(`${address}/readyz`),
  };
}
