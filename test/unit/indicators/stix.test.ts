import { describe, expect, test } from '@jest/globals';
import { feedOfBundle } from '../../../daemon/indicators/stix.js';
import { valuesOfPattern } from '../../../daemon/indicators/stix-pattern.js';

describe('a pattern of STIX', () => {
  test.each([
    ["[ipv4-addr:value = '203.0.113.1']", [{ kind: 'network', value: '203.0.113.1' }]],
    ["[ipv4-addr:value ISSUBSET '203.0.113.0/24']", [{ kind: 'network', value: '203.0.113.0/24' }]],
    [
      "[domain-name:value = 'a.example' OR email-addr:value IN ('x@b.example', 'y@b.example')]",
      [
        { kind: 'domain', value: 'a.example' },
        { kind: 'e-mail', value: 'x@b.example' },
        { kind: 'e-mail', value: 'y@b.example' },
      ],
    ],
    [
      "[file:hashes.'SHA-256' = 'ab'] OR [user-account:account_login = 'it\\'s']",
      [
        { kind: 'hash', value: 'ab' },
        { kind: 'user-name', value: "it's" },
      ],
    ],
    ["[cryptocurrency-wallet:address = 'bc1q']", [{ kind: 'wallet-address', value: 'bc1q' }]],
  ])('%s is any of its values', (pattern, values) => {
    expect(valuesOfPattern(pattern)).toEqual(values);
  });

  test.each([
    ["[ipv4-addr:value = '1.1.1.1' AND domain-name:value = 'a.example']", 'a pattern with AND'],
    ["[ipv4-addr:value = '1.1.1.1'] FOLLOWEDBY [domain-name:value = 'a.b']", 'a pattern with FOLLOWEDBY'],
    ["[process:name = 'x']", 'a pattern of an object that is not watched'],
    ["[file:name MATCHES '(a+)+$']", 'a pattern with another comparison than =, IN and ISSUBSET'],
    ["[ipv4-addr:value != '1.1.1.1']", 'a pattern in another form'],
    ['[]', 'a pattern in another form'],
    ["[ipv4-addr:value = '1.1.1.1", 'a pattern in another form'],
  ])('%s is not matched by halves', (pattern, why) => {
    expect(valuesOfPattern(pattern)).toBe(why);
  });
});

test('a bundle gives its indicators, and counts what cannot be used, is revoked or has run out', () => {
  const object = (pattern: string, more: object = {}) => ({
    type: 'indicator',
    pattern_type: 'stix',
    pattern,
    ...more,
  });
  const feed = feedOfBundle(
    {
      objects: [
        object("[ipv4-addr:value = '203.0.113.1']", {
          confidence: 20,
          external_references: [{ url: 'https://cert.example/1' }],
        }),
        object("[user-account:account_login = 'eve']"),
        object("[domain-name:value = 'old.example']", { revoked: true }),
        object("[domain-name:value = 'old.example']", { valid_until: '2020-01-01T00:00:00Z' }),
        object("[ipv4-addr:value = '0.0.0.0/0']"),
        { type: 'indicator', pattern_type: 'sigma', pattern: 'x' },
        { type: 'identity', name: 'somebody' },
        null,
      ],
    },
    { name: 'cert', nowMs: Date.parse('2026-11-01') },
  );
  expect(feed.indicators.map(({ value, severity, source }) => [value, severity, source])).toEqual([
    ['203.0.113.1', 'high', 'https://cert.example/1'],
    ['eve', 'critical', null],
  ]);
  expect(Object.fromEntries(feed.unusable)).toEqual({
    'no address and no network of /8 or narrower': 1,
    'a pattern of another language': 1,
    'revoked by whoever wrote it': 1,
    'past its valid_until': 1,
  });
});
