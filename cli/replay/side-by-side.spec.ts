import { expect, it } from 'vitest';
import { sideBySide } from './side-by-side.ts';

it('works on no more than so many at a time, and keeps the order', async () => {
  let [now, most] = [0, 0];
  const work = async (item: number) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 5 * (5 - item)));
    now -= 1;
    return item * 10;
  };
  expect(await sideBySide([1, 2, 3, 4], 2, work)).toEqual([10, 20, 30, 40]);
  expect(most).toBe(2);
});

it('fails as the first work fails', async () => {
  const work = (item: number) =>
    item === 2 ? Promise.reject(new Error('two')) : Promise.resolve();
  await expect(sideBySide([1, 2, 3], 2, work)).rejects.toThrow('two');
});
