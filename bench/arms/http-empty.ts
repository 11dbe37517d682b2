import { CALLERS, type Arm } from '../support/arm.ts';
import { HttpCallers } from '../support/http-callers.ts';
import { load } from '../support/load.ts';
import { onOneCore } from '../support/one-core.ts';

/** The same requests to a route that does nothing: what HTTP itself allows. */
export const httpEmpty: Arm = {
  name: 'http-empty',
  async run({ house, api }, seconds) {
    const callers = await HttpCallers.open(house, api);
    const done = await onOneCore(() =>
      load(CALLERS, seconds, (caller) => callers.doNothing(caller)),
    );
    callers.close();
    return { load: done, broken: undefined };
  },
};
