import type { Arm } from '../support/arm.ts';
import { httpLoad } from '../support/http-load.ts';

/** The same requests to a route that does nothing: what HTTP itself allows. */
export const httpEmpty: Arm = {
  name: 'http-empty',
  async run(bench, seconds) {
    return { load: await httpLoad(bench, { until: { seconds } }), broken: undefined };
  },
};
