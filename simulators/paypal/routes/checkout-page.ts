import type { FastifyInstance, FastifyReply } from 'fastify';
import { toDecimal } from '../../../src/domain/common/money.ts';
import { knownOrder } from './orders.ts';
import { approveOrder } from '../buyers.ts';
import type { OrderRecord, PaymentSource } from '../records.ts';
import type { World } from '../world.ts';

const PAYER_ID = 'QYR5Z8XDVJNXQ';

/** What each button of the page does; cancel leaves the order as it is. */
const BUTTONS: Record<string, { label: string; source?: PaymentSource }> = {
  pay: { label: 'Pay', source: 'good' },
  decline: { label: 'Pay with a card that will be declined', source: 'declining' },
  echeck: { label: 'Pay by bank, pending for days', source: 'echeck' },
  reviewed: { label: 'Pay, and be reviewed by PayPal', source: 'reviewed' },
  cancel: { label: 'Cancel' },
};

/** The page where a buyer approves: /checkoutnow?token=ORDER, as at paypal.com. */
export function addCheckoutPage(app: FastifyInstance, world: World): void {
  const find = (token: string | undefined) => knownOrder(world, token ?? '');

  app.get<{ Querystring: { token?: string } }>('/checkoutnow', (request, reply) => {
    const order = find(request.query.token);
    if (!order) return page(reply.code(404), '<p>There is no such order.</p>');
    const open = order.status === 'CREATED' || order.status === 'APPROVED';
    return page(reply, summary(order) + (open ? form(order) : '<p>Nothing is left to pay.</p>'));
  });

  app.post<{ Body: { token?: string; button?: string } | undefined }>(
    '/checkoutnow',
    (request, reply) => {
      const order = find(request.body?.token);
      const button = BUTTONS[request.body?.button ?? ''];
      if (!order || !button) return page(reply.code(404), '<p>There is no such order.</p>');
      if (button.source) approveOrder(world, order, button.source);
      const target = button.source ? order.returnUrl : order.cancelUrl;
      if (!target) return page(reply, '<p>Thank you. You may close this page.</p>');
      const url = new URL(target);
      url.searchParams.set('token', order.id);
      if (button.source) url.searchParams.set('PayerID', PAYER_ID);
      return reply.redirect(url.href, 303);
    },
  );
}

const summary = (order: OrderRecord): string => `
  <p id="description">${escapeHtml(order.description ?? 'Your order')}</p>
  <p id="amount">${toDecimal(order.amountMinor, order.currency)} ${order.currency}</p>`;

const form = (order: OrderRecord): string => `
  <form method="post" action="/checkoutnow">
    <input type="hidden" name="token" value="${escapeHtml(order.id)}">
    ${Object.entries(BUTTONS)
      .map(([name, { label }]) => `<button name="button" value="${name}">${label}</button>`)
      .join('\n    ')}
  </form>`;

function page(reply: FastifyReply, content: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
    .send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>PayPal simulator</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem }
  #amount { font-size: 2rem; margin: 0 0 1.5rem }
  button { display: block; width: 100%; margin: .5rem 0; padding: .7rem; font: inherit }
</style>
<h1>PayPal simulator</h1>
${content}
</html>`);
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
