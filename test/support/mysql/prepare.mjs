import { spawnSync } from 'node:child_process';
import { INSTALL, missingServers } from './found.mjs';

/**
 * Makes the servers ready that the tests need beside those of npm: as root by installing them, else by naming the command. What cannot be made
 * ready does not end the run: everything else is tested, and the run fails at its end with the same line.
 */
const missing = missingServers();
if (missing !== null && process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
  console.log(`The tests need MariaDB and libraries of MySQL; installing them:\n  ${INSTALL}`);
  spawnSync('/bin/sh', ['-c', INSTALL], {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const still = missingServers();
  if (still !== null) console.log(still);
} else if (missing !== null) console.log(missing);
