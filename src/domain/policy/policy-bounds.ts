import { durationMs, isDuration } from '../common/duration.ts';
import type { Policy } from './policy.ts';

/** A fault of a policy: of which field, and what to do about it. */
export interface PolicyFault {
  readonly field: string;
  readonly message: string;
}

/** The shortest and the longest that each duration may be; those of retractions stand with their rule. */
const BOUNDS: Record<string, readonly [shortest: string, longest: string]> = {
  paymentWindow: ['PT1S', 'P60D'],
  reminders: ['PT0S', 'P60D'],
  secondChanceWindow: ['PT1S', 'P30D'],
  inspection: ['PT0S', 'P27D'],
  longestHold: ['PT0S', 'P28D'],
  lastSafeMoment: ['PT1S', 'P28D'], // And not quite: see below.
  alarmBeforeLastSafe: ['PT0S', 'P27D'],
  'softClose.window': ['PT1S', 'P1D'],
  'softClose.extendBy': ['PT1S', 'P1D'],
};

/** What all extensions of one auction may come to, where their number is limited. */
const LONGEST_EXTENSION = 'P30D';
/** Where it is left out, a policy with a hold of seconds has it, too. */
export const ALARM_DEFAULT = 'P2D';

/** Which bounds a policy breaks. What is no duration at all has been said already. */
export function policyFaults(policy: Policy): PolicyFault[] {
  const durations = durationsOf(policy);
  if (!durations.every(([, duration]) => isDuration(duration))) return [];
  return [
    ...durations.flatMap(([field, duration]) => faultOf(field, duration)),
    ...faultsBetweenFields(policy),
  ];
}

function durationsOf(policy: Policy): [field: string, duration: string][] {
  const { softClose } = policy;
  return [
    ['paymentWindow', policy.paymentWindow],
    ...policy.reminders.map((each): [string, string] => ['reminders', each]),
    ['secondChanceWindow', policy.secondChanceWindow],
    ['inspection', policy.inspection],
    ['longestHold', policy.longestHold],
    ['lastSafeMoment', policy.lastSafeMoment],
    ['alarmBeforeLastSafe', policy.alarmBeforeLastSafe],
    ...(softClose
      ? ([
          ['softClose.window', softClose.window],
          ['softClose.extendBy', softClose.extendBy],
        ] as [string, string][])
      : []),
  ];
}

function faultOf(field: string, duration: string): PolicyFault[] {
  const [shortest, longest] = BOUNDS[field]!;
  const ms = durationMs(duration);
  const fits = ms >= durationMs(shortest) && ms <= durationMs(longest);
  return fits ? [] : [{ field, message: `must be from ${shortest} to ${longest}` }];
}

function faultsBetweenFields(policy: Policy): PolicyFault[] {
  const { softClose, lastSafeMoment, longestHold, paymentWindow, alarmBeforeLastSafe } = policy;
  const faults: PolicyFault[] = [];
  const unless = (fits: boolean, field: string, message: string) => {
    if (!fits) faults.push({ field, message });
  };
  unless(
    policy.reminders.every((each) => durationMs(each) < durationMs(paymentWindow)),
    'reminders',
    'must lie within paymentWindow',
  );
  unless(
    durationMs(lastSafeMoment) < durationMs('P28D'),
    '',
    'lastSafeMoment must lie before the 28 days at which PayPal releases by itself',
  );
  unless(
    durationMs(longestHold) <= durationMs(lastSafeMoment),
    '',
    'longestHold may not pass lastSafeMoment',
  );
  unless(
    alarmBeforeLastSafe === ALARM_DEFAULT ||
      durationMs(alarmBeforeLastSafe) < durationMs(lastSafeMoment),
    'alarmBeforeLastSafe',
    'must be shorter than lastSafeMoment',
  );
  if (softClose?.maximumExtensions) {
    const totalMs = softClose.maximumExtensions * durationMs(softClose.extendBy);
    const fits = totalMs <= durationMs(LONGEST_EXTENSION);
    unless(fits, 'softClose', `all extensions together may not pass ${LONGEST_EXTENSION}`);
  }
  return faults;
}
