import base from '../../jest.config.js';

/** The tests of what is mutated: pure and fast, without a database. */
const { globalSetup, globalTeardown, ...rest } = base;
export default {
  ...rest,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/unit/{baselines,drift,policy}/**/*.test.ts'],
  maxWorkers: 1,
};
