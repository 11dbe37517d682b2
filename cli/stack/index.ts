export { ROOT, built, cacheFolder, stateFolder } from './folders.ts';
export { PART_NAMES, StackError, isPartName, type PartName } from './part.ts';
export {
  runningStack,
  runningSupervisor,
  useStack,
  type RunningStack,
  type UsedStack,
} from './running-stack.ts';
export type { Addresses } from './stack-file.ts';
export { startStack, type Stack, type StackOptions, type StackPart } from './stack.ts';
