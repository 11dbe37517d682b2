import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeState } from '../../src/database/change-state.ts';
import type { NoticeKind } from '../../src/database/entities/index.ts';
import { FINANCE, notify, OPERATORS } from '../../src/database/notices.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

let test: TestDatabase;
let api: TestApi;
let rows: Rows;
const tokens = {} as Record<'otto' | 'olga' | 'fiona' | 'anna' | 'bruno', string>;

beforeAll(async () => {
  test = await createTestDatabase();
  api = await startApi(test);
  rows = new Rows(test.pool);
  for (const operator of ['otto', 'olga'] as const) {
    tokens[operator] = await api.token(operator, ['operator']);
  }
  tokens.fiona = await api.token('fiona', ['finance']);
  tokens.anna = await api.token('anna', ['bidder']);
  tokens.bruno = await api.token('bruno', ['bidder']);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

const tell = (
  recipientId: Parameters<typeof notify>[1]['recipientId'],
  kind: NoticeKind = 'hold_ends',
) => {
  const subjectId = randomUUID();
  const notice = { recipientId, kind, subjectId, text: 'Look.' };
  return test.database.transaction((tx) => notify(tx, notice)).then(() => subjectId);
};
const about = async (token: string, subjectId: string, state = 'open') => {
  const { json } = await api.get(`/v1/notices?state=${state}&limit=200`, { token });
  return json.items.filter((notice) => notice.subjectId === subjectId);
};

describe('a notice', () => {
  it('of a difference is finance’s as well as the operators’', async () => {
    const subjectId = await tell(FINANCE, 'reconciliation_differs');
    expect(await about(tokens.fiona, subjectId)).toMatchObject([{ box: 'finance' }]);
    expect(await about(tokens.otto, subjectId)).toEqual([]);
  });

  it('for the operators is not of a person of that name, nor the other way round', async () => {
    const person = await api.token('operators', ['seller']);
    const [shared, own] = [await tell(OPERATORS), await tell('operators')];
    expect(await about(person, shared)).toEqual([]);
    expect(await about(tokens.otto, own)).toEqual([]);
    expect(await about(person, own)).toMatchObject([{ box: 'own' }]);
  });

  it('is closed by whose it is, once, and is then among the closed ones', async () => {
    const subjectId = await tell('anna');
    const [notice] = await about(tokens.anna, subjectId);
    const close = (token: string) =>
      api.post(`/v1/notices/${notice!.id}/close`, { token, body: {} });
    expect(await close(tokens.bruno)).toMatchObject({ status: 404 });
    const closed = await close(tokens.anna);
    expect(closed).toMatchObject({ status: 200, json: { closedBy: 'anna' } });
    expect((await close(tokens.anna)).json).toEqual(closed.json);
    expect(await about(tokens.anna, subjectId)).toEqual([]);
    expect(await about(tokens.anna, subjectId, 'closed')).toEqual([closed.json]);
  });

  it('of the operators is closed for all of them; who was first, and why, is kept and audited', async () => {
    const subjectId = await tell(OPERATORS);
    const [notice] = await about(tokens.otto, subjectId);
    const path = `/v1/notices/${notice!.id}/close`;
    expect(await api.post(path, { token: tokens.fiona, body: {} })).toMatchObject({ status: 404 });
    await api.post(path, { token: tokens.otto, body: { reason: 'called PayPal' } });
    const second = await api.post(path, { token: tokens.olga, body: { reason: 'me, too' } });
    expect(second.json).toMatchObject({ closedBy: 'otto', closeReason: 'called PayPal' });
    expect(await about(tokens.olga, subjectId)).toEqual([]);
    const { json } = await api.get(`/v1/audit?subjectId=${notice!.id}`, { token: tokens.fiona });
    expect(json.items).toMatchObject([
      { subjectKind: 'notice', actorId: 'otto', reason: 'called PayPal' },
    ]);
  });
});

describe('a notice that asks for something', () => {
  const workflow = { actorKind: 'workflow', actorId: 'test' } as const;

  it('to be paid is over when it is paid, and when it can be paid no more', async () => {
    for (const [state, event] of [
      ['capturing', 'recordCapture'],
      ['created', 'decline'],
      ['approved', 'expire'],
    ] as const) {
      const paymentId = await rows.payment(
        await rows.offer(await rows.auction(), { bidderId: 'anna' }),
        { state },
      );
      await test.database.transaction(async (tx) => {
        for (const kind of ['payment_due', 'payment_reminder'] as const) {
          await notify(tx, { recipientId: 'anna', kind, subjectId: paymentId, text: 'Pay.' });
        }
      });
      expect(await about(tokens.anna, paymentId)).toHaveLength(2);
      await test.database.transaction((tx) =>
        changeState(tx, 'payment', paymentId, event, workflow),
      );
      expect(await about(tokens.anna, paymentId), event).toEqual([]);
      expect(await about(tokens.anna, paymentId, 'closed')).toMatchObject([
        { closedBy: null },
        { closedBy: null },
      ]);
    }
  });

  it('to be answered is over with the answer', async () => {
    const offerId = await rows.offer(await rows.auction(), { bidderId: 'anna' });
    await test.database.transaction((tx) =>
      notify(tx, {
        recipientId: 'anna',
        kind: 'second_chance',
        subjectId: offerId,
        text: 'Do you?',
      }),
    );
    expect(await about(tokens.anna, offerId)).toHaveLength(1);
    await api.post(`/v1/offers/${offerId}/decline`, { token: tokens.anna });
    expect(await about(tokens.anna, offerId)).toEqual([]);
  });
});
