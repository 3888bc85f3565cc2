import { setFlagsFromString } from 'node:v8';

/** How far the heap may grow past what was live at the last full collection, in percent, before the next one. */
const GROWTH_PERCENT = 30;

/**
 * Makes this process collect garbage before it asks for more memory. A daemon holds one large snapshot and drops it for the next, all
 * day: left alone, V8 lets the heap of such a process grow to several times what is live. For the whole process; see docs/adr/0018.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}

/**
 * Keeps the part of the heap where objects begin as small as it is when a process starts. A command that goes through two states of a site makes objects by the hundred
 * thousand, for which V8 makes room three times over that nothing takes away again. For the whole process; see docs/adr/0157.
 */
export function boundYoungHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Has V8 compile a function when it is first called, for good, instead of interpreting it until it was called often. What an alert takes runs once in days, and would
 * be interpreted each time. For the whole process, and for what was not called before; see docs/adr/0134.
 */
export function compileAtFirstCall(): void {
  setFlagsFromString('--always-sparkplug');
}

/** How often V8 finds a function busy before it optimises it: V8's own number, and that of a start. */
const TICKS = { usual: 3, start: 30 };

/**
 * Has V8 optimise only what is busy for long, until `optimizeAsUsual`. A start calls much once for each site and nothing for long: what V8 would optimise of that is a
 * tenth of all its work. For the whole process; see docs/adr/0155.
 */
export function optimizeLate(): void {
  setFlagsFromString(`--ticks-before-optimization=${TICKS.start}`);
}

/** Ends `optimizeLate`. */
export function optimizeAsUsual(): void {
  setFlagsFromString(`--ticks-before-optimization=${TICKS.usual}`);
}
