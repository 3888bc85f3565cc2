import { describe, expect, test } from '@jest/globals';
import { composeStateEmpty, composeStateRestored } from '../../../daemon/alerts/announce-state.js';
import type { Approvals, SiteApprovals } from '../../../daemon/approvals/active/active-baseline.js';
import type { ContinuityMark } from '../../../daemon/store/meta.js';
import { emptyStore } from '../../../daemon/watchdog/store-continuity.js';
import { CONTEXT } from '../policy/build.js';

const context = { ...CONTEXT, incident: null };
const HEAD = 'ab'.repeat(32);

/** Only the version of the active baseline matters here. */
const active = (versions: Readonly<Record<string, number | null>>): Approvals => ({
  trust: null,
  again: false,
  sites: new Map(
    Object.entries(versions).map(([site, version]) => [
      site,
      { active: version === null ? null : { version } } as SiteApprovals,
    ]),
  ),
});

describe('a restore', () => {
  test('is announced with both heads and the time of the backup', () => {
    const backupCreated = '2026-11-25T03:00:00.000Z';
    const alert = composeStateRestored(context, {
      backupHead: HEAD,
      replacedHead: 'cd'.repeat(32),
      backupCreated,
    });
    expect(alert).toMatchObject({
      type: 'state-restored',
      role: 'notice',
      severity: 'high',
      incident: null,
    });
    expect(alert.facts).toEqual([
      { label: 'Backup made', text: backupCreated },
      { label: 'Journal head in the backup', text: HEAD },
      { label: 'Journal head replaced', text: 'cd'.repeat(32) },
    ]);
    const unread = composeStateRestored(context, { backupHead: HEAD, replacedHead: null, backupCreated });
    expect(JSON.stringify(unread.facts)).toContain('unknown: there was no state');
  });
});

describe('an empty state store', () => {
  test.each<[string, ContinuityMark | null, Record<string, number | null>, object | null]>([
    ['a store that is not new', null, { a: 7 }, null],
    ['a store whose memory was announced', 'told', { a: 7 }, null],
    ['a first start before anybody signed', 'begins', { a: null }, null],
    [
      'a first start with baseline 1',
      'begins',
      { a: 1, b: null },
      { sites: [{ site: 'a', version: 1 }], lost: false },
    ],
    [
      'a first start with a later baseline',
      'begins',
      { a: 1, b: 2 },
      {
        sites: [
          { site: 'a', version: 1 },
          { site: 'b', version: 2 },
        ],
        lost: true,
      },
    ],
    [
      'an empty store beside copies of signed files',
      'lost',
      { a: 1 },
      { sites: [{ site: 'a', version: 1 }], lost: true },
    ],
    ['the same when the baselines are gone as well', 'lost', { a: null }, { sites: [], lost: true }],
  ])('%s', (_what, mark, versions, expected) => {
    expect(emptyStore(mark, active(versions))).toEqual(expected);
  });

  test('is high when a memory was lost, and a notice when it begins', () => {
    const sites = [{ site: 'prague-1', version: 7 }];
    const lost = composeStateEmpty(context, { sites, lost: true });
    expect(lost).toMatchObject({ type: 'state-empty', severity: 'high', role: 'notice' });
    expect(lost.facts).toEqual([{ label: 'Begins with', text: 'baseline 7 of prague-1' }]);
    expect(composeStateEmpty(context, { sites, lost: false }).severity).toBe('info');
  });
});
