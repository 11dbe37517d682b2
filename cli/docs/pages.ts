import { lifecyclesPage } from './lifecycles.ts';
import { paypalStatesPage } from './paypal-states.ts';
import { settingsPage } from './settings.ts';

/** The pages of docs/ that are made from the code, by file name. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'lifecycles.md': lifecyclesPage,
  'paypal-states.md': paypalStatesPage,
  'settings.md': settingsPage,
};
