import { expect, test } from '@jest/globals';
import { isSecretName, wordsOf } from '../../../daemon/sources/name-words.js';

test.each([
  ['cas_users', ['cas', 'user']],
  ['CryptoSettings', ['crypto', 'setting']],
  ['cryptosettings', ['crypto', 'setting']],
  ['casuser', ['cas', 'user']],
  ['sellwalletaddress', ['sell', 'wallet', 'address']],
  ['userpermissions', ['user', 'permission']],
  ['lastping', ['last', 'ping']],
  ['auditlog', ['audit', 'log']],
  ['catalog', ['catalog']],
  ['addresses', ['address']],
  ['companies', ['company']],
  ['user2fa', ['user', 'fa']],
  ['💰', []],
  ['a'.repeat(500), ['a'.repeat(200)]],
])('the words of %s are %j', (name, words) => {
  expect(wordsOf(name)).toEqual(words);
});

test.each(['passwordhash', 'privatekey', 'apikey', 'smtp.password', 'authToken', 'hotwalletprivatekey'])(
  '%s is the name of a secret',
  (name) => expect(isSecretName(name)).toBe(true),
);

test.each(['publickey', 'whiskey', 'keyboard', 'passenger', 'compass'])('%s is not', (name) =>
  expect(isSecretName(name)).toBe(false),
);
