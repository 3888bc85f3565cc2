import { existsSync } from 'node:fs';
import { jestsOwn } from './jests-own.mjs';

const { default: Sequencer } = jestsOwn('@jest/test-sequencer');

/** Test files that take longest on a quiet machine though they are no large ones: begun last, one of them is what a whole run waits for. */
const SLOW = [
  'test/e2e/silence.test.ts',
  'test/e2e/console.test.ts',
  'test/e2e/mysql-hints.test.ts',
  'test/e2e/daemon.test.ts',
  'test/e2e/change-log.test.ts',
  'test/contract/notifiers/email.test.ts',
  'test/e2e/demo.test.ts',
  'test/e2e/model.test.ts',
  'test/e2e/kill.test.ts',
  'test/e2e/mysql-session.test.ts',
  'test/unit/baselines/ssh-keygen.test.ts',
  'test/e2e/mysql-demo.test.ts',
];

/** Jest orders by how long files took the last time; in a fresh clone nobody knows, and size is a poor guess. */
// biome-ignore lint/style/noDefaultExport: jest takes the default export.
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const gone = SLOW.filter((name) => !existsSync(new URL(`../../${name}`, import.meta.url)));
    if (gone.length > 0)
      throw new Error(`test/support/slowest-first.mjs names ${gone.join(', ')}, which is gone`);
    const slow = ({ path }) => SLOW.findIndex((name) => path.endsWith(name));
    const sorted = super.sort(tests);
    const first = sorted.filter((one) => slow(one) >= 0).sort((a, b) => slow(a) - slow(b));
    return [...first, ...sorted.filter((one) => slow(one) < 0)];
  }
}
