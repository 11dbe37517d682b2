import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { ATTRIBUTE_KEYS } from './search-attributes.ts';

/** Shows a workflow's state in Temporal's web UI: in its details, and as something to search by. */
export function showState<State extends string>(state: State): State {
  setCurrentDetails(`State: **${state}**`);
  upsertSearchAttributes([{ key: ATTRIBUTE_KEYS.GavelState, value: state }]);
  return state;
}
