import { DisbursementsService } from '../../src/api/disbursements/disbursements.service.ts';
import { PaymentsService } from '../../src/api/payments/payments.service.ts';
import type { Sale, Scene } from './skipping-house.ts';

/** The buyer disputes a sale at PayPal, and Gavel hears of it; gives PayPal's id of the dispute. */
export async function openDispute(scene: Scene, sale: Sale, asked: object = {}): Promise<string> {
  const path = `captures/${sale.captureId}/dispute`;
  const { disputeId } = await scene.harness.control<{ disputeId: string }>('POST', path, asked);
  await hear(scene);
  return disputeId;
}

/** PayPal does something about a dispute, and Gavel hears of it. */
export async function atPayPal(
  scene: Scene,
  disputeId: string,
  act: string,
  how: object = {},
): Promise<void> {
  await scene.harness.control('POST', `disputes/${disputeId}/${act}`, how);
  await hear(scene);
}

export const resolve = (scene: Scene, disputeId: string, how: object) =>
  atPayPal(scene, disputeId, 'resolve', how);

/** PayPal's events are heard, and what they are about is looked at. */
export async function hear(scene: Scene): Promise<void> {
  await scene.hearPayPal();
  await scene.pass('1 second');
}

export interface DisputeRow {
  readonly id: string;
  readonly state: string;
  readonly lost_minor: number;
  readonly payment_id: string | null;
}

export async function disputeOf(scene: Scene, paypalDisputeId: string): Promise<DisputeRow> {
  const sql = 'SELECT * FROM dispute WHERE paypal_dispute_id = $1';
  return (await scene.query<DisputeRow>(sql, paypalDisputeId))[0]!;
}

export const refund = (scene: Scene, { paymentId }: Sale, amountMinor?: number) =>
  scene.operator((change) =>
    new PaymentsService(scene.house.database).refund(change, paymentId, {
      amountMinor,
      reason: 'a scratch',
    }),
  );

export const releaseNow = (scene: Scene, { disbursementId }: Sale, reason: string) =>
  scene.operator((change) =>
    new DisbursementsService(scene.house.database).release(change, disbursementId, reason),
  );
