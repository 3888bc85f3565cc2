import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { built } from '../../../daemon/built.js';

/** Runs code with the words of V8 for what it did with a function: `i` where it is interpreted, `c` where it is compiled. `busy`: how many calls it takes until it is optimised. */
function tiers(code: string): string {
  const program = `
    import { compileAtFirstCall, optimizeAsUsual, optimizeLate } from ${JSON.stringify(built('daemon/runtime/engine.js').href)};
    const called = () => { const one = new Function('a', 'return a + 1'); one(1); return one; };
    const tier = (one) => (%ActiveTierIsSparkplug(one) ? 'c' : %ActiveTierIsIgnition(one) ? 'i' : '?');
    const busy = () => {
      // Long, for a short one is optimised sooner, however often it was found busy.
      const one = new Function('a', 'let sum = 0;' + 'sum = (sum + a * 3) % 1000;'.repeat(40) + 'return sum');
      let calls = 0;
      for (; !%ActiveTierIsTurbofan(one); calls++) one(calls);
      return calls;
    };
    ${code}`;
  const options = [
    '--allow-natives-syntax',
    '--no-concurrent-recompilation',
    '--input-type=module',
    '--eval',
    program,
  ];
  return execFileSync(process.execPath, options, { encoding: 'utf8' });
}

test('what is called once is compiled from then on', () => {
  const code = 'const before = called(); compileAtFirstCall(); const after = called();';
  expect(tiers(`${code} process.stdout.write(tier(before) + tier(after))`)).toBe('ic');
});

test('what is busy for a short time is not optimised during a start, and is afterwards as before', () => {
  const code =
    'const calls = [busy()]; optimizeLate(); calls.push(busy()); optimizeAsUsual(); calls.push(busy());';
  const [before = 0, during = 0, after = 0] = JSON.parse(
    tiers(`${code} process.stdout.write(JSON.stringify(calls))`),
  );
  expect(during).toBeGreaterThan(2 * before);
  expect(during).toBeGreaterThan(2 * after);
});
