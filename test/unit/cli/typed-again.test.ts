import { expect, test } from '@jest/globals';
import { COMMANDS } from '../../../daemon/cli/program.js';
import { configFlag, withConfigFlag } from '../../../daemon/cli/typed-again.js';

const FLAG = " --config '/srv/a b/tillwarden.yaml'";
const typed = (line: string) => withConfigFlag(line, FLAG, COMMANDS);

test('a command in a refusal is about the configuration that was named, wherever it ends', () => {
  expect(typed('somebody wrote there ("tillwarden verify prague-1" says why)')).toBe(
    `somebody wrote there ("tillwarden verify prague-1${FLAG}" says why)`,
  );
  expect(typed('withdraw it with "tillwarden trust sign --withdraw"')).toBe(
    `withdraw it with "tillwarden trust sign --withdraw${FLAG}"`,
  );
  expect(typed('It is cut off. To be rid of it: tillwarden approve prague-1 --withdraw')).toBe(
    `It is cut off. To be rid of it: tillwarden approve prague-1 --withdraw${FLAG}`,
  );
});

test.each([
  'start with "tillwarden init"',
  '"tillwarden demo show" is about it',
  '"tillwarden verify --config other.yaml" says why',
  'no tillwarden verify is named here',
])('%s stays as it is', (line) => {
  expect(typed(line)).toBe(line);
  expect(withConfigFlag('"tillwarden verify"', '', COMMANDS)).toBe('"tillwarden verify"');
});

test('nothing is added for the file that is meant anyhow, or that is not there', () => {
  const there = () => true;
  expect(configFlag('/srv/a b/tillwarden.yaml', {}, there)).toBe(FLAG);
  expect(configFlag('/srv/x.yaml', { TILLWARDEN_CONFIG: '/srv/x.yaml' }, there)).toBe('');
  expect(configFlag('/srv/x.yaml', {}, () => false)).toBe('');
});
