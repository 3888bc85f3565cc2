import { describe, expect, test } from '@jest/globals';
import { composeInstalled, type InstalledBaseline } from '../../../daemon/alerts/announce.js';
import { composeProposalEnded, composeRejected } from '../../../daemon/alerts/announce-approval.js';
import { atMost } from '../../../daemon/alerts/compose.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import { composeDigest } from '../../../daemon/alerts/digest.js';
import { composeNotRecording, type SiteCounts } from '../../../daemon/alerts/self-alerts.js';
import { stepsFor } from '../../../daemon/alerts/steps.js';
import { composeSuppressionEnded } from '../../../daemon/alerts/suppression-alerts.js';
import type { IncidentNews } from '../../../daemon/incident.js';
import { approvalCondition } from '../../../daemon/policy/conditions.js';
import { CONTEXT, findingOf, newsOf, oneCondition, SITE, unknownCondition } from '../policy/build.js';

const notice = { ...CONTEXT, incident: null };
const compose = (news: Partial<IncidentNews>) =>
  composeIncident(CONTEXT, newsOf(news), { id: 'a'.repeat(16), role: 'follow-up', page: 2 });
const problem = (code: string, detail: string) =>
  approvalCondition(SITE, { code, file: '000007.json', detail, severity: 'low' });

test('a title tells of an expiry in its first sentence, and what to do stands below', () => {
  const found = [
    problem('BASELINE_EXPIRES_SOON', 'Version 7 expires at 2026-11-30T00:00:00.000Z. Renew it with "x".'),
    problem('TRUST_EXPIRED', 'Trust root 1 expired.'),
  ];
  const alert = compose({ fresh: found.map((one) => findingOf(one)), open: 2 });
  expect(alert.title).toBe('Version 7 expires at 2026-11-30T00:00:00.000Z, Trust root 1 expired');
  expect(alert.facts[0]).toEqual({
    label: '000007.json',
    text: 'Version 7 expires at 2026-11-30T00:00:00.000Z. Renew it with "x". (BASELINE_EXPIRES_SOON)',
  });
});

describe('changes that a person rejected', () => {
  const WORST = oneCondition('wallet-route', 'modified');
  const reject = (incident: string | null) =>
    composeRejected(
      { ...CONTEXT, incident },
      {
        person: 'anna',
        conditions: [oneCondition('terminal', 'added'), WORST],
      },
    );
  test('come with what to do about the worst of them, and with nothing to sign', () => {
    const steps = stepsFor({ site: SITE, incident: '7f3a', canAcknowledge: true }, WORST.subject);
    expect(reject('7f3a').nextSteps).toEqual(steps.slice(0, -1));
    expect(steps.at(-1)?.command).toBe('tillwarden approve prague-1');
    expect(reject(null).nextSteps.map(({ command }) => command)).toEqual([undefined, undefined]);
  });

  test('are at least one', () => {
    expect(() => composeRejected(notice, { person: 'anna', conditions: [] })).toThrow(
      new RangeError('a rejection is of something'),
    );
  });
});

test('a proposal that ended claims no drift that may be signed by now', () => {
  expect(composeProposalEnded(notice, { version: 8, how: 'expired' }).consequence).toBe(
    'Nothing of it has taken effect. What differs from the baseline in force is still drift.',
  );
});

test('a recovery key is asked about, however many were used and whenever', () => {
  const baseline: InstalledBaseline = {
    version: 2,
    digest: '2'.repeat(64),
    signers: ['anna'],
    ancestry: [{ version: 1, recovery: ['safe-2', 'safe-1'] }],
    collections: new Map(),
    expiresMs: 9,
  };
  expect(composeInstalled(notice, { baseline, previous: null }).consequence).toBe(
    'Signed with safe-1 and safe-2: recovery keys are for the day when too few others are left. Find out whether this is that day. From now on the site is compared with what these people signed. If you know of no such approval, act at once.',
  );
});

describe('that nothing can be recorded', () => {
  const at = (site: string, drifted: number, unknown: number): SiteCounts => ({
    site,
    collections: { drifted, unknown },
  });
  const compose = (...sites: readonly SiteCounts[]) =>
    composeNotRecording(notice, { problem: 'the disk is full', code: 'STORE_FULL', sites });
  const CHECK = { text: 'See what differs:', command: 'tillwarden check' };

  test.each<[string, readonly SiteCounts[]]>([
    ['the disk is full', [at('a', 0, 0)]],
    ['the disk is full, and 1 collection is unknown', [at('a', 0, 1)]],
    ['the disk is full, and 3 collections are unknown', [at('a', 0, 1), at('b', 0, 2)]],
    [
      'the disk is full, and 2 collections differ from what people signed, and 1 collection is unknown',
      [at('a', 1, 1), at('b', 1, 0)],
    ],
  ])('%s', (title, sites) => {
    const alert = compose(...sites);
    expect(alert.title).toBe(title);
    expect(alert.nextSteps.slice(1)).toEqual(title === 'the disk is full' ? [] : [CHECK]);
  });

  test('counts the sites that it does not list', () => {
    const sites = Array.from({ length: 14 }, (_, index) => at(`depot-${index}`, 1, 0));
    expect(compose(...sites).facts).toHaveLength(14);
    expect(compose(...sites).facts.at(-1)).toEqual({ label: 'And more', text: '2' });
  });
});

test('the digest of a day with one message counts it as one', () => {
  const day = { nowMs: 2, sinceMs: 1, countedSinceMs: 1, reads: 1, hints: 1, trust: null };
  const none = { incidents: [], baselines: [], outages: [], suppressed: [], channels: [], degraded: [] };
  const texts = (deliveries: number) =>
    composeDigest(notice, { ...day, ...none, deliveries }).facts.map((fact) => 'text' in fact && fact.text);
  expect(texts(1)).toContain('1 message delivered');
  expect(texts(0)).toContain('0 messages delivered');
});

test('a suppression that is over says so in the words of one whose time is over', () => {
  const known = {
    digest: 'd',
    site: SITE,
    id: 'mute.1',
    type: 'mute',
    signers: ['anna'],
    untilMs: 0,
  } as const;
  expect(
    composeSuppressionEnded(notice, { ...known, state: 'in-force', covered: 1 }, 'over').consequence,
  ).toBe(
    'Its time is over. What it excused is told now like any other change, if it is still there and not in a baseline.',
  );
});

test('a digest counts as blind only what comes and goes', () => {
  const condition = unknownCondition('admin', 'denied');
  const outages = [{ site: SITE, firstSeenMs: 0, subject: condition.subject, endedMs: 60_000 }];
  const day = {
    nowMs: 60_000,
    sinceMs: 0,
    countedSinceMs: 0,
    reads: 1,
    hints: 1,
    trust: null,
    deliveries: 0,
  };
  const none = { incidents: [], baselines: [], suppressed: [], channels: [], degraded: [] };
  const alert = composeDigest(notice, { ...day, ...none, outages });
  expect(alert.title).toBe('daily digest: nothing is open');
  expect(alert.facts.map(({ label }) => label)).not.toContain('Blind');
});

test('a list of exactly as many as fit is not cut, and an id is sixteen digits', () => {
  const facts = ['1', '2'].map((label) => ({ label, text: '' }));
  expect(atMost(2, facts)).toEqual(facts);
  expect(composeProposalEnded(notice, { version: 8, how: 'expired' }).id).toMatch(/^[0-9a-f]{16}$/);
});
