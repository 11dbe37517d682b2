/** Who may cause an event. `workflow` is Gavel itself; `provider` is PayPal or the ERP. */
export type ActorKind = 'bidder' | 'seller' | 'operator' | 'finance' | 'workflow' | 'provider';

export interface Edge<State extends string, Event extends string> {
  readonly event: Event;
  readonly from: readonly State[];
  readonly to: State;
  readonly by: readonly ActorKind[];
}

/**
 * One table per lifecycle, and everything reads it: the guard here, the guard in the database, the
 * diagrams in docs/, the property tests and the buttons of the console.
 */
export interface Lifecycle<State extends string = string, Event extends string = string> {
  readonly name: string;
  readonly initial: State;
  /** States that lead nowhere. */
  readonly final: readonly State[];
  /** States in which nothing is awaited: the final ones, unless others are named. */
  readonly atRest: readonly State[];
  readonly states: readonly State[];
  readonly edges: readonly Edge<State, Event>[];
}

export function defineLifecycle<const State extends string, const Event extends string>(table: {
  name: string;
  initial: NoInfer<State>;
  states: readonly State[];
  edges: readonly Edge<NoInfer<State>, Event>[];
  atRest?: readonly NoInfer<State>[];
}): Lifecycle<State, Event> {
  const leadsSomewhere = new Set(table.edges.flatMap((edge) => edge.from));
  const final = table.states.filter((state) => !leadsSomewhere.has(state));
  return { ...table, final, atRest: table.atRest ?? final };
}

export type StateOf<L> = L extends Lifecycle<infer State, string> ? State : never;
export type EventOf<L> = L extends Lifecycle<string, infer Event> ? Event : never;

export type Move<State extends string> =
  | { readonly kind: 'moves'; readonly to: State }
  | { readonly kind: 'alreadyThere' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * What an event does in a state. An event that leads to the state that a subject already has is no
 * error: messages come twice, late, and before the answer of the call that caused them.
 */
export function moveFor<State extends string, Event extends string>(
  lifecycle: Lifecycle<State, Event>,
  state: State,
  event: Event,
  by: ActorKind,
): Move<State> {
  const edges = lifecycle.edges.filter((edge) => edge.event === event);
  const edge = edges.find(({ from }) => from.includes(state));
  if (!edge) {
    if (edges.some(({ to }) => to === state)) return { kind: 'alreadyThere' };
    return {
      kind: 'refused',
      reason: `${withArticle(lifecycle.name)} that is ${state} cannot ${event}`,
    };
  }
  if (!edge.by.includes(by)) {
    return { kind: 'refused', reason: `${event} is not for a ${by} to cause` };
  }
  return { kind: 'moves', to: edge.to };
}

export const isFinal = <State extends string>(lifecycle: Lifecycle<State>, state: State): boolean =>
  lifecycle.final.includes(state);

const withArticle = (name: string) => (/^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`);
