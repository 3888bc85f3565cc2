import { describe, expect, test } from '@jest/globals';
import { processorMs } from '../support/processor.js';
import { diceOf, seededRandom } from './mutate.js';
import { ATTACKS, assertUnharmedAreAccepted } from './targets.js';

/** `npm run fuzz` sets a million, each run with a seed of its own; `FUZZ_SEED` repeats one. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 4_000);
const SEED = Number(
  process.env['FUZZ_SEED'] ??
    (process.env['FUZZ_RUNS'] === undefined ? 20_261_125 : Date.now() % 1_000_000_000),
);
/** No mutant may keep the verifier busy for longer, in milliseconds of processor time. */
const HANG_MS = 5_000;

const perAttack = Math.ceil(RUNS / ATTACKS.size);

describe(`mutants of what people signed (seed ${SEED})`, () => {
  test('the unharmed documents are accepted', () => {
    assertUnharmedAreAccepted();
  });

  test.each([...ATTACKS])(
    `of %s: ${perAttack.toLocaleString('en')} are refused, none crashes the verifier or keeps it busy`,
    (name, attack) => {
      const dice = diceOf(seededRandom(SEED ^ name.length));
      let slowest = 0;
      for (let run = 0; run < perAttack; run++) {
        const began = processorMs();
        const wrong = attack(dice);
        slowest = Math.max(slowest, processorMs() - began);
        if (wrong !== null) throw new Error(`${wrong}: run ${run} with FUZZ_SEED=${SEED}`);
      }
      expect(slowest).toBeLessThan(HANG_MS);
    },
    3_600_000,
  );
});
