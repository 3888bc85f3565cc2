import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../../baselines/index.js';
import { siteCommand, stepsFor } from '../../../daemon/alerts/steps.js';
import type { UnknownCause } from '../../../daemon/drift/compare.js';
import {
  approvalCondition,
  blindCondition,
  configCondition,
  unreachableCondition,
} from '../../../daemon/policy/conditions.js';
import { oneCondition, SITE, unknownCondition } from '../policy/build.js';

const ABOUT = { site: SITE, incident: '7f3a', canAcknowledge: true };
const SHOW = { text: 'See everything about it:', command: 'tillwarden show 7f3a' };
const ACK = { text: 'Say that you are on it:', command: 'tillwarden ack 7f3a' };
const CHECK = { text: 'Look for yourself:', command: 'tillwarden check prague-1' };
const UNREADABLE = {
  text: 'If none of you did this: treat it as changed. Stop the admin and master services, and deactivate the terminals.',
};
const unknown = (cause: UnknownCause) => stepsFor(ABOUT, unknownCondition('terminal', cause).subject);

describe('what to do', () => {
  test('about something that is over is to look at it', () => {
    expect(stepsFor(ABOUT, null)).toEqual([SHOW]);
    expect(stepsFor({ ...ABOUT, incident: null }, null)).toEqual([]);
  });

  test.each(KINDS)('about a change of kind %s is to stop the harm first and to sign last', (kind) => {
    const steps = stepsFor(ABOUT, oneCondition(kind, 'modified').subject);
    expect(steps).toEqual([
      { text: expect.stringMatching(/^If none of you did this: /) },
      SHOW,
      ACK,
      { text: expect.stringMatching(/\.$/) },
      { text: 'If it is right as it is, sign it:', command: 'tillwarden approve prague-1' },
    ]);
  });

  test('nobody is told to acknowledge where there is no way to', () => {
    const steps = stepsFor({ ...ABOUT, canAcknowledge: false }, oneCondition('admin', 'modified').subject);
    expect(steps).toContainEqual(SHOW);
    expect(steps).not.toContainEqual(ACK);
  });

  test.each(['unapproved', 'definition-differs'] as const)(
    'about a collection that is %s is to sign what is there',
    (cause) => {
      const sign = { text: 'Review what is there and sign it:', command: 'tillwarden approve prague-1' };
      expect(unknown(cause)).toEqual([SHOW, ACK, sign]);
    },
  );

  test.each(['denied', 'row-security', 'missing', 'not-a-table', 'moving'] as const)(
    'about a collection that is unknown because of %s is to treat it as changed',
    (cause) => {
      expect(unknown(cause)).toEqual([UNREADABLE, SHOW, ACK, CHECK]);
    },
  );

  test.each(['unreachable', 'timeout', 'failed', 'too-large', 'not-configured'] as const)(
    'about a collection that is unknown because of %s is to look',
    (cause) => {
      expect(unknown(cause)).toEqual([SHOW, ACK, CHECK]);
    },
  );

  test('about a source that cannot be read or heard is to look there first', () => {
    for (const { subject } of [
      unreachableCondition(SITE, 'cas', 'd', 0),
      blindCondition(SITE, 'cas', 'd', 0),
    ]) {
      expect(stepsFor(ABOUT, subject)).toEqual([CHECK, SHOW, ACK]);
    }
  });

  test('about files of approval is to find out who wrote them, and to check them offline', () => {
    const problem = { code: 'BASELINE_X', file: null, detail: 'd', severity: 'high' } as const;
    expect(stepsFor(ABOUT, approvalCondition(SITE, problem).subject)).toEqual([
      { text: 'Find out who wrote to the baseline or trust directory.' },
      { text: 'Check the files offline:', command: 'tillwarden verify prague-1' },
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
    expect(stepsFor(ABOUT, subject)).toEqual([SHOW, ACK, { text: 'Review it and sign it anew:', command }]);
  });

  test('about the configuration is to repair it', () => {
    expect(stepsFor(ABOUT, configCondition(SITE, 'd').subject)).toEqual([
      { text: 'Repair the configuration file; it is read again by itself.' },
      SHOW,
      ACK,
    ]);
  });

  test('without an incident names none', () => {
    const steps = stepsFor({ ...ABOUT, incident: null }, blindCondition(SITE, 'cas', 'd', 0).subject);
    expect(steps).toEqual([CHECK]);
  });
});

test('a command names a site only when a shell can read nothing else into it', () => {
  expect(siteCommand('check', 'prague-1')).toBe('tillwarden check prague-1');
  for (const site of ['all sites', '', 'Prague', '$(reboot)', 'a;b', 'x'.repeat(64), 'prague-1\n', '!a']) {
    expect(siteCommand('check', site)).toBe('tillwarden check');
  }
});
