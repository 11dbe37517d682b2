import { expect, it } from 'vitest';
import { ApiProblem } from '../client/gavel-client.ts';
import { Lookout } from './lookout.ts';

const lookoutFor = (list: () => Promise<string[]>) => new Lookout('Letter', list, (item) => item);

it('looks once for all who wait', async () => {
  let looks = 0;
  const lookout = lookoutFor(() => Promise.resolve(++looks > 1 ? ['a', 'b'] : []));
  expect(await Promise.all([lookout.see('a'), lookout.see('b')])).toEqual(['a', 'b']);
  expect(looks).toBe(2);
});

it('looks again when somebody comes later', async () => {
  const lookout = lookoutFor(() => Promise.resolve(['a', 'b']));
  expect(await lookout.see('a')).toBe('a');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await lookout.see('b')).toBe('b');
});

it('bears a fault on the other side', async () => {
  let looks = 0;
  const lookout = lookoutFor(() =>
    ++looks > 1 ? Promise.resolve(['a']) : Promise.reject(new ApiProblem(500, 'x', 'x', {})),
  );
  expect(await lookout.see('a')).toBe('a');
});

it('tells everyone of a refusal', async () => {
  const lookout = lookoutFor(() => Promise.reject(new ApiProblem(403, 'forbidden', 'no', {})));
  await expect(lookout.see('a')).rejects.toThrow('403 forbidden');
});
