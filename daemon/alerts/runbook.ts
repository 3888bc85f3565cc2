import type { Kind } from '../../baselines/index.js';
import type { AlertFact } from '../../notifiers/index.js';
import type { Described } from './describe.js';

/** Servers of ATMs that the steps of an alert know the parts of. */
export const PRODUCTS = ['cas', 'lamassu'] as const;
export type Product = (typeof PRODUCTS)[number];

/** A line of the operator's own: whom to call, which host, where the procedure lies. Configured text, hence printed as it is. */
export interface RunbookLine {
  /** Absent: for whatever is found. */
  readonly kinds?: readonly Kind[] | undefined;
  readonly text: string;
}

/** The operator's own knowledge of a site that its alerts carry. */
export interface Guidance {
  /** Null where it is not configured: steps are in general words then. */
  readonly product: Product | null;
  readonly runbook: readonly RunbookLine[];
}

export const NO_GUIDANCE: Guidance = { product: null, runbook: [] };

/** Lines of one alert; more would push down what happened. */
const MAX_LINES = 4;

/** The lines for what is so now, as they are configured. */
export function runbookFacts(
  { guidance = NO_GUIDANCE }: { readonly guidance?: Guidance },
  now: readonly Described[],
): AlertFact[] {
  if (now.length === 0) return [];
  const kinds = new Set(
    now.flatMap(({ condition: { subject } }) => ('kind' in subject ? [subject.kind] : [])),
  );
  return guidance.runbook
    .filter((line) => line.kinds === undefined || line.kinds.some((kind) => kinds.has(kind)))
    .slice(0, MAX_LINES)
    .map(({ text }) => ({ label: 'Runbook', text }));
}
