import { endAsyncStores } from './async-stores.mjs';
import { jestsOwn } from './jests-own.mjs';

const { TestEnvironment } = jestsOwn('jest-environment-node');

/** The environment of a test file: Node's, of which nothing is left in the process that tests the next one. */
// biome-ignore lint/style/noDefaultExport: jest takes the default export.
export default class Environment extends TestEnvironment {
  async teardown() {
    await super.teardown();
    endAsyncStores();
  }
}
