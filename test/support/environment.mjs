import { endAsyncStores } from './async-stores.mjs';
import './compiled-once.mjs';
import { jestsOwn } from './jests-own.mjs';

const { TestEnvironment } = jestsOwn('jest-environment-node');

/** The clock of this process, which test files share: one that stands still would let each wait of the next file last for ever. */
const now = performance.now;

/** The environment of a test file: Node's, of which nothing is left in the process that tests the next one. Throws where a file left the clock changed. */
// biome-ignore lint/style/noDefaultExport: jest takes the default export.
export default class Environment extends TestEnvironment {
  async teardown() {
    await super.teardown();
    endAsyncStores();
    if (performance.now === now) return;
    performance.now = now;
    throw new Error(
      'the test file left performance.now changed: restore it (jest.restoreAllMocks, jest.useRealTimers)',
    );
  }
}
