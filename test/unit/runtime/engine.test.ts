import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { built } from '../../../daemon/built.js';

/** Runs code with the words of V8 for what it did with a function: `i` where it is interpreted, `c` where it is compiled. */
function tiers(code: string): string {
  const program = `
    import { compileAtFirstCall } from ${JSON.stringify(built('daemon/runtime/engine.js').href)};
    const called = () => { const one = new Function('a', 'return a + 1'); one(1); return one; };
    const tier = (one) => (%ActiveTierIsSparkplug(one) ? 'c' : %ActiveTierIsIgnition(one) ? 'i' : '?');
    ${code}`;
  const options = ['--allow-natives-syntax', '--input-type=module', '--eval', program];
  return execFileSync(process.execPath, options, { encoding: 'utf8' });
}

test('what is called once is compiled from then on', () => {
  const code = 'const before = called(); compileAtFirstCall(); const after = called();';
  expect(tiers(`${code} process.stdout.write(tier(before) + tier(after))`)).toBe('ic');
});
