import { existsSync, readFileSync } from 'node:fs';
import type { INCREMENT_TABLES } from '../../src/domain/bidding/increments.ts';

const FILE = new URL('../../../shared/vectors/proxy-bids.json', import.meta.url);

export interface VectorStep {
  readonly action: 'bid' | 'retract';
  readonly bidder: string;
  readonly max?: number;
  readonly accepted: boolean;
  readonly reason?: 'BELOW_MIN_INCREMENT' | 'BELOW_START' | 'NOT_ABOVE_OWN_MAX';
  readonly price: number;
  readonly leader: string | null;
  readonly reserveMet?: boolean;
  readonly nextMinBid?: number;
  /** What differs under the other reading of a rule. */
  readonly alt?: Readonly<Partial<Record<'R5-alt' | 'R7-alt', Partial<VectorStep>>>>;
}

/** One auction: its terms, and what each step of it leads to. */
export interface Vector {
  readonly id: string;
  readonly title: string;
  readonly startPrice: number;
  readonly reserve: number | null;
  readonly increments: keyof typeof INCREMENT_TABLES;
  readonly steps: readonly VectorStep[];
}

/** The vectors that all implementations of these rules share; none where they are not at hand. */
export function sharedVectors(): Vector[] {
  if (!existsSync(FILE)) return [];
  return (JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: Vector[] }).vectors;
}
