/** What `@jest/globals` gives, without jest's own process: for the tests of a mutation run. */
export { jestExpect as expect } from '@jest/expect';
export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  test,
} from 'jest-circus';
