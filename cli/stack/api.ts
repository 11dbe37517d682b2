import { built } from './folders.ts';
import type { Part } from './part.ts';
import { answers } from './wait.ts';

/**
 * Of V8. After a minute or two without work it gives memory back, and throws away optimised code that rests
 * on the shapes of objects that only requests make, as there are none: the next ten thousand requests cost up
 * to twice as much. These flags let it keep both.
 */
export const API_FLAGS = ['--no-memory-reducer', '--min-semi-space-size=16'];

export function apiPart(port: number, environment: NodeJS.ProcessEnv): Part {
  const address = `http://127.0.0.1:${port}`;
  return {
    name: 'api',
    title: 'API',
    address,
    command: [process.execPath, ...API_FLAGS, built('src/main.api.js')],
    environment,
    isReady: () => answers(`${address}/readyz`),
  };
}
