import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Ports } from './ports.ts';

it('takes another port, and says so, where the usual one is taken', async () => {
  const neighbour = createServer().listen(0, '127.0.0.1');
  await once(neighbour, 'listening');
  const { port: taken } = neighbour.address() as AddressInfo;
  const said: string[] = [];

  const port = await new Ports('usual', (line) => said.push(line)).take(taken, 'the API');
  neighbour.close();

  expect(port).not.toBe(taken);
  expect(said).toEqual([`Port ${taken} is taken, so the API listens on ${port}.`]);
});

it('never gives the same port twice', async () => {
  const ports = new Ports('free', () => undefined);
  const taken = new Set<number>();
  for (let count = 0; count < 50; count++) taken.add(await ports.takeFree());
  expect(taken.size).toBe(50);
});
