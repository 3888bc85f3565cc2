import { expect, test } from '@jest/globals';
import { unknownIdentity } from '../../../daemon/policy/grace.js';

test('an unknown state is known by its cause; by the detail only where two definitions differ', () => {
  expect(unknownIdentity('terminal', 'timeout', 'd')).toEqual(['unreadable']);
  expect(unknownIdentity('terminal', 'denied', 'd')).toEqual(['denied']);
  expect(unknownIdentity('terminal', 'definition-differs', 'd')).toEqual(['definition-differs', 'd']);
  expect(unknownIdentity('sensor', 'timeout', 'd')).toEqual(['timeout']);
});
