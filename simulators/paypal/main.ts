import { createPayPalSimulator } from './simulator.ts';

/** Reads a setting of the environment. Ends the process with a sentence when one is missing. */
function setting(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is missing; simulators/paypal/README.md says what it is.`);
  process.exit(1);
}

const simulator = await createPayPalSimulator({
  clientId: setting('CLIENT_ID'),
  clientSecret: setting('CLIENT_SECRET'),
  webhookId: setting('WEBHOOK_ID'),
  webhookUrl: process.env.WEBHOOK_URL || undefined,
  stateDirectory: setting('STATE_DIR'),
  port: Number(process.env.PORT || 0),
  host: process.env.HOST || '127.0.0.1',
  publicUrl: process.env.PUBLIC_URL || undefined,
  announcesAutomaticRelease: process.env.ANNOUNCE_AUTOMATIC_RELEASE === 'true',
});
console.log(`PayPal simulator listening on ${simulator.listening}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    simulator.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
