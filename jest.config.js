import { fileURLToPath } from 'node:url';
import { foundServers } from './test/support/mysql/found.mjs';

// swc unpacks its compiler into a cache of the home directory, which need not be writable.
process.env.SWC_NATIVE_BINDING_CACHE ??= fileURLToPath(new URL('node_modules/.cache/swc', import.meta.url));

/** ESM + TypeScript through swc; the flag --experimental-vm-modules is in the npm script. */
export default {
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Without any of the servers these cannot run; then the run fails at its end (test/support/global-teardown.mjs).
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(foundServers().length === 0 ? ['/mysql-[^/]*\\.test\\.ts$'] : []),
  ],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testSequencer: '<rootDir>/test/support/slowest-first.mjs',
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  // For a machine with other work than ours: what is waited for is a condition, and a test that passes never uses it.
  testTimeout: 300_000,
  // Tests wait for real servers more than half of the time: twice the cores of the machine that the suite is measured on.
  maxWorkers: 4,
  // A process that tested a hundred files takes a second to let go of its memory: only what would stay for ever is to be told as left open.
  workerGracefulExitTimeout: 30_000,
};
