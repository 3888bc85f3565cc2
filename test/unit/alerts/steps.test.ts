import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../../baselines/index.js';
import { siteCommand, stepsFor } from '../../../daemon/alerts/steps.js';
import type { UnknownCause } from '../../../daemon/drift/compare.js';
import type { Subject } from '../../../daemon/finding.js';
import {
  approvalCondition,
  blindCondition,
  configCondition,
  unreachableCondition,
} from '../../../daemon/policy/conditions.js';
import { oneCondition, SITE, unknownCondition } from '../policy/build.js';

const ABOUT = { site: SITE, incident: '7f3a', canAcknowledge: true };
const SHOW = 'tillwarden show 7f3a';
const ACK = 'tillwarden ack 7f3a';
const CHECK = 'tillwarden check prague-1';
/** A step without a command: its words are reviewed in `as-read-incidents.txt`. */
const WORDS = null;
const commands = (about: Parameters<typeof stepsFor>[0], subject: Subject | null) =>
  stepsFor(about, subject).map(({ command }) => command ?? WORDS);
const unknown = (cause: UnknownCause) => commands(ABOUT, unknownCondition('terminal', cause).subject);

describe('what to do', () => {
  test('about something that is over is to look at it', () => {
    expect(commands(ABOUT, null)).toEqual([SHOW]);
    expect(commands({ ...ABOUT, incident: null }, null)).toEqual([]);
  });

  test.each(KINDS)('about a change of kind %s is to stop the harm first and to sign last', (kind) => {
    const steps = commands(ABOUT, oneCondition(kind, 'modified').subject);
    const respond = ['config', 'address-book'].includes(kind) ? [] : ['tillwarden respond 7f3a'];
    expect(steps).toEqual([WORDS, SHOW, ACK, WORDS, ...respond, 'tillwarden approve prague-1']);
  });

  test('never name the acknowledgement where there is no way to', () => {
    const steps = commands({ ...ABOUT, canAcknowledge: false }, oneCondition('admin', 'modified').subject);
    expect(steps).toContainEqual(SHOW);
    expect(steps).not.toContainEqual(ACK);
    expect(steps).not.toContainEqual('tillwarden respond 7f3a');
  });

  test.each(['unapproved', 'definition-differs'] as const)(
    'about a collection that is %s is to sign what is there',
    (cause) => {
      expect(unknown(cause)).toEqual([SHOW, ACK, 'tillwarden approve prague-1']);
    },
  );

  test.each(['denied', 'row-security', 'missing', 'not-a-table', 'moving'] as const)(
    'about a collection that is unknown because of %s is to treat it as changed',
    (cause) => {
      expect(unknown(cause)).toEqual([WORDS, SHOW, ACK, CHECK]);
    },
  );

  test.each(['unreachable', 'timeout', 'failed', 'too-large', 'not-configured'] as const)(
    'about a collection that is unknown because of %s is to look',
    (cause) => {
      expect(unknown(cause)).toEqual([SHOW, ACK, CHECK]);
    },
  );

  test('about a source that is unreachable or disconnected is to look there first', () => {
    for (const { subject } of [
      unreachableCondition(SITE, 'cas', 'd', 0),
      blindCondition(SITE, 'cas', 'd', 0),
    ]) {
      expect(commands(ABOUT, subject)).toEqual([CHECK, SHOW, ACK]);
    }
  });

  test('about files of approval is to find out who wrote them, and to check them offline', () => {
    const problem = { code: 'BASELINE_X', file: null, detail: 'd', severity: 'high' } as const;
    expect(commands(ABOUT, approvalCondition(SITE, problem).subject)).toEqual([
      WORDS,
      'tillwarden verify prague-1',
      SHOW,
      ACK,
    ]);
  });

  test.each([
    ['BASELINE_EXPIRES_SOON', 'tillwarden approve prague-1 --renew'],
    ['BASELINE_EXPIRED', 'tillwarden approve prague-1 --renew'],
    ['TRUST_EXPIRES_SOON', 'tillwarden trust sign --renew'],
    ['TRUST_EXPIRED', 'tillwarden trust sign --renew'],
  ])('about %s is to sign anew, for nobody has done anything', (code, command) => {
    const { subject } = approvalCondition(SITE, { code, file: null, detail: 'd', severity: 'low' });
    expect(commands(ABOUT, subject)).toEqual([SHOW, ACK, command]);
  });

  test('about the configuration is to repair it', () => {
    expect(commands(ABOUT, configCondition(SITE, 'd').subject)).toEqual([WORDS, SHOW, ACK]);
  });

  test('without an incident names none', () => {
    const steps = commands({ ...ABOUT, incident: null }, blindCondition(SITE, 'cas', 'd', 0).subject);
    expect(steps).toEqual([CHECK]);
  });
});

test('a command names a site only when a shell can read nothing else into it', () => {
  expect(siteCommand('check', 'prague-1')).toBe('tillwarden check prague-1');
  for (const site of ['all sites', '', 'Prague', '$(reboot)', 'a;b', 'x'.repeat(64), 'prague-1\n', '!a']) {
    expect(siteCommand('check', site)).toBe('tillwarden check');
  }
});
