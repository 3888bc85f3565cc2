import type { Benchmark } from './benchmark.js';
import { latency } from './latency.js';

/** Every benchmark, in the order of running and of README.md. */
export const benchmarks: readonly Benchmark[] = [latency];
