import { built } from './folders.ts';
import type { Part } from './part.ts';
import { answers } from './wait.ts';

export function workerPart(port: number, environment: NodeJS.ProcessEnv): Part {
  const address = `http://127.0.0.1:${port}`;
  return {
    name: 'worker',
    title: 'Worker',
    address,
    command: [process.execPath, built('src/main.worker.js')],
    environment,
    isReady: () => answers(`${address}/readyz`),
  };
}
