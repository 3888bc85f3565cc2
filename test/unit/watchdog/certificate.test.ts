import { expect, test } from '@jest/globals';
import { certificateProblems } from '../../../daemon/watchdog/certificate.js';
import { selfSignedCertificate } from '../../support/certificate.js';

const DAY_MS = 86_400_000;
const { cert } = selfSignedCertificate(90);
const words = (name: string, inDays: number, pem = cert) =>
  certificateProblems(pem, name, Date.now() + inDays * DAY_MS).map((one) => `${one.weight}: ${one.words}`);

test('a certificate that clients accept has no problem, by the name it is for and by any address', () => {
  expect(words('localhost', 0)).toEqual([]);
  expect(words('0.0.0.0', 0)).toEqual([]);
  expect(words('::', 75)).toEqual([]);
});

test('an expired, not yet valid or mismatched certificate is told as one that clients refuse', () => {
  expect(words('localhost', 91)).toEqual([
    expect.stringMatching(/^broken: expired at \d{4}-\d\d-\d\d \d\d:\d\d UTC$/),
    expect.stringMatching(/^soon: is valid until .* only$/),
  ]);
  expect(words('localhost', -2)).toEqual([expect.stringMatching(/^broken: is not valid before /)]);
  expect(words('warden.example', 0)).toEqual(['broken: is not for the name warden.example']);
  expect(words('localhost', 0, 'nothing')).toEqual(['broken: holds no certificate']);
});

test('one that is valid for 14 days more is told while there is time, in the same words until it is renewed', () => {
  expect(words('localhost', 75.9)).toEqual([]);
  const soon = words('localhost', 76.1);
  expect(soon).toEqual([expect.stringMatching(/^soon: is valid until /)]);
  expect(words('localhost', 89.9)).toEqual(soon);
});

test("a certificate above the server's own counts as well", () => {
  const expired = selfSignedCertificate(10).cert;
  expect(words('localhost', 11, `${cert}${expired}`)).toContainEqual(
    expect.stringMatching(/^broken: expired/),
  );
});
