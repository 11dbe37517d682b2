import { describe, expect, it } from 'vitest';
import { paypalOptions, readSettings, SettingsError } from './settings.ts';

const COMPLETE = {
  GAVEL_ENVIRONMENT: 'development',
  DATABASE_URL: 'postgresql://gavel:word@localhost/gavel',
  TEMPORAL_ADDRESS: 'localhost:7233',
  AZURE_STORAGE_CONNECTION_STRING: 'UseDevelopmentStorage=true',
  PAYPAL_CLIENT_ID: 'client',
  PAYPAL_CLIENT_SECRET: 'paypal-secret',
  PAYPAL_PARTNER_ATTRIBUTION_ID: 'GAVEL',
  PAYPAL_WEBHOOK_ID: 'WH-1',
  ERP_BASE_URL: 'https://erp.example',
  ERP_SECRET: 'sixteen characters and more',
  AUTH_ISSUER: 'https://issuer.example',
};

describe('settings', () => {
  it('that are complete start, with defaults for the rest', () => {
    expect(readSettings(COMPLETE)).toMatchObject({ API_PORT: 3000, AUTH_AUDIENCE: 'gavel' });
  });

  it('that are missing or wrong are each named in a sentence, all at once', () => {
    const wrong = { ...COMPLETE, TEMPORAL_ADDRESS: '', API_PORT: '70000' };
    expect(() => readSettings(wrong)).toThrow(SettingsError);
    expect(() => readSettings(wrong)).toThrow(/TEMPORAL_ADDRESS is missing: set it to/);
    expect(() => readSettings(wrong)).toThrow(/API_PORT is wrong/);
  });

  it('never appear in the error, for they may be secrets', () => {
    const wrong = { ...COMPLETE, ERP_SECRET: 'too short' };
    expect(() => readSettings(wrong)).not.toThrow(/too short/);
  });

  it('of development are refused in production', () => {
    const production = {
      ...COMPLETE,
      GAVEL_ENVIRONMENT: 'production',
      AUTH_DEVELOPMENT_KEY_FILE: 'key.json',
      PAYPAL_BASE_URL: 'http://localhost:4010',
    };
    expect(() => readSettings(production)).toThrow(/AUTH_DEVELOPMENT_KEY_FILE is for development/);
    expect(() => readSettings(production)).toThrow(/PAYPAL_BASE_URL must be https/);
  });

  it('that name a file which is not there say so', () => {
    const settings = readSettings({ ...COMPLETE, PAYPAL_WEBHOOK_CA_FILE: '/no/such/file.pem' });
    expect(() => paypalOptions(settings)).toThrow(
      'PAYPAL_WEBHOOK_CA_FILE names /no/such/file.pem, which cannot be read (ENOENT).',
    );
  });
});
