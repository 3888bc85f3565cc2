/** Resolves after one turn of the event loop: what waits there is done first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
