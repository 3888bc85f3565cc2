import type { Scene } from './scene.js';

/**
 * One benchmark: one file that exports one of these, a line in `benchmarks.ts`, and a section with its markers in README.md.
 * It measures the built product on real parts, and its raw baselines in the same run.
 */
export interface Benchmark {
  /** As `--only` and the markers in README.md name it. */
  readonly name: string;
  /** What is measured, in one line. */
  readonly title: string;
  /** True for what takes minutes or the network: left out unless it is asked for by name. */
  readonly onRequest?: true;
  /** Rejects when it could not measure. A missed target is a result like any other. */
  run(scene: Scene): Promise<readonly Figure[]>;
}

/** One measured number. */
export interface Figure {
  readonly what: string;
  readonly unit: 'ms' | 's' | 'MB' | '×' | '/s' | '';
  readonly measured: number;
  /** What the project promises itself; null for what is reported only. */
  readonly target: Target | null;
  /** How many samples, how far apart, and what a reader must know. */
  readonly detail: string;
}

export type Target = { readonly atMost: number } | { readonly atLeast: number };

export type Judgement = 'met' | 'missed' | 'reported';

/** Compares the number as it was measured, not as it is printed. NaN meets nothing. */
export function verdictOf({ measured, target }: Figure): Judgement {
  if (target === null) return 'reported';
  const met = 'atMost' in target ? measured <= target.atMost : measured >= target.atLeast;
  return met ? 'met' : 'missed';
}
