import { spawnSync } from 'node:child_process';
import { missingParts, notTested } from './parts.mjs';

/**
 * Makes ready what the tests need beside the packages of npm: as root by installing it, else by naming the command. What cannot be made
 * ready does not end the run: everything else is tested, and the run fails at its end with the same line.
 */
const missing = missingParts();
if (missing !== null && process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
  console.log(`The tests need ${missing.names.join(', ')}; installing:\n  ${missing.command}`);
  spawnSync('/bin/sh', ['-c', missing.command], {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
const still = notTested();
if (still !== null) console.log(still);
