import { nextTurn } from './turn.js';

/** How long work may go on before whatever else there is to do has its turn, in milliseconds. */
const SLICE_MS = 10;

/** Does work in steps with turns of the event loop in between: what is large costs itself, and nothing beside it. Rejects with what a step throws. */
export async function inSlices<T>(steps: Generator<undefined, T, undefined>): Promise<T> {
  for (let since = performance.now(); ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
}
