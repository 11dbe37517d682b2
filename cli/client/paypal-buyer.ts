export type PaymentSource = 'good' | 'declining' | 'echeck';

/** What a buyer does on PayPal's page, as the simulator lets a program do it. */
export async function approveAtPayPal(
  paypalUrl: string,
  orderId: string,
  source: PaymentSource = 'good',
): Promise<void> {
  const response = await fetch(`${paypalUrl}/simulator/orders/${orderId}/approve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) {
    throw new Error(`The PayPal simulator does not approve order ${orderId}: ${response.status}`);
  }
}
