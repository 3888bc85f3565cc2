import { expect, test } from '@jest/globals';
import { answerTo } from '../../../daemon/http/answers.js';
import { StoreError } from '../../../daemon/store/errors.js';

test.each([
  ['STORE_FULL', 503],
  ['STORE_AMBIGUOUS_ID', 409],
] as const)('%s is answered with %i', (code, status) => {
  expect(answerTo(new StoreError(code, 'in our words'))).toEqual({ status, code, message: 'in our words' });
});
