import { afterAll, beforeAll, expect, it } from 'vitest';
import { anOrder, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

// What a buyer's browser does, by hand: read the page, send its form, follow the redirect.
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const createOrder = async (description = 'A desk') => {
  const created = await harness.paypal.orders.create(anOrder({ description }));
  if (created.outcome !== 'created') throw new Error(created.reason);
  return created;
};
const press = (approveUrl: string, orderId: string, button: string) =>
  fetch(new URL('/checkoutnow', approveUrl), {
    method: 'POST',
    body: new URLSearchParams({ token: orderId, button }),
    redirect: 'manual',
  });

it('shows what is to be paid, and leads back to the shop', async () => {
  const { approveUrl, orderId } = await createOrder();
  const page = await (await fetch(approveUrl)).text();
  expect(page).toContain('420.00 USD');
  expect(page).toContain('A desk');

  const answer = await press(approveUrl, orderId, 'pay');
  expect(answer.status).toBe(303);
  const target = new URL(answer.headers.get('location') ?? '');
  expect(target.origin + target.pathname).toBe('https://shop.example/paid');
  expect(target.searchParams.get('token')).toBe(orderId);
  expect(await harness.paypal.orders.get(orderId)).toMatchObject({ status: 'approved' });
});

it('leaves the order as it is when the buyer cancels', async () => {
  const { approveUrl, orderId } = await createOrder();
  const answer = await press(approveUrl, orderId, 'cancel');
  expect(answer.headers.get('location')).toBe(`https://shop.example/cancelled?token=${orderId}`);
  expect(await harness.paypal.orders.get(orderId)).toMatchObject({ status: 'created' });
});

it('shows descriptions as text, whatever is in them', async () => {
  const { approveUrl } = await createOrder('<script>alert(1)</script>');
  const page = await (await fetch(approveUrl)).text();
  expect(page).not.toContain('<script>');
  expect(page).toContain('&#60;script&#62;');
});

it('knows nothing of other orders', async () => {
  const { approveUrl } = await createOrder();
  expect((await press(approveUrl, 'NOSUCHORDER', 'pay')).status).toBe(404);
  expect((await fetch(new URL('/checkoutnow?token=X', approveUrl))).status).toBe(404);
});
