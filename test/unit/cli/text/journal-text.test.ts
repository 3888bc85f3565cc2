import { describe, expect, test } from '@jest/globals';
import { entryLine, entryText } from '../../../../daemon/cli/text/journal-text.js';
import { JOURNAL_START } from '../../../../daemon/store/journal/chain.js';

const text = (type: string, body: unknown) => entryText({ type, body: JSON.stringify(body) });
const DIGEST = 'ab'.repeat(32);

describe('an entry in one line', () => {
  test('has its number, its instant, its type and what it says', () => {
    const body = JSON.stringify({ site: 'prague-1', version: 3, digest: DIGEST, signers: ['alice', 'bob'] });
    const entry = { seq: 17, atMs: 5, type: 'baseline-in-force', body, previous: JOURNAL_START, hash: '' };
    expect(entryLine(entry)).toBe(
      '    17  1970-01-01 00:00:00.005 UTC  baseline-in-force  prague-1, baseline 3 sha256:abababababababab…, signed by alice, bob',
    );
  });

  test.each([
    [
      'daemon-started',
      { version: '0.1.0', config: DIGEST },
      'version 0.1.0, configuration sha256:abababababababab…',
    ],
    ['daemon-stopped', {}, ''],
    [
      'trust-root',
      { version: 1, digest: DIGEST, signers: [] },
      'trust root 1 sha256:abababababababab…, pinned by the configuration',
    ],
    [
      'trust-root',
      { version: 2, digest: DIGEST, signers: ['alice'] },
      'trust root 2 sha256:abababababababab…, signed by alice',
    ],
    [
      'observed',
      { site: 's', collection: 'c', count: 2, records: DIGEST },
      's, c has 2 records sha256:abababababababab…',
    ],
    [
      'verdict',
      {
        ...{ site: 's', incident: '7f3a', reason: '7 appeared, 7 told' },
        appeared: [
          { severity: 'critical', what: 'change', collection: 'wallet_routes', change: 'modified' },
          { severity: 'high', what: 'unknown', collection: 'terminals', cause: 'denied' },
          { severity: 'low', what: 'blind', source: 'cas' },
          { severity: 'high', what: 'approval', code: 'BASELINE_UNSIGNED', file: null },
          { severity: 'high', what: 'config' },
          { severity: 'high', what: 'config' },
          { severity: 'high', what: 'config' },
        ],
      },
      's, incident 7f3a, 7 appeared, 7 told, critical wallet_routes modified, high terminals denied, low cas blind, high BASELINE_UNSIGNED approval, high config config, and 2 more',
    ],
    [
      'acknowledged',
      { site: 's', incident: '7f3a', person: 'bob', reason: 'on it\u202e', revision: DIGEST, untilMs: 5 },
      's, incident 7f3a, by bob until 1970-01-01 00:00:00.005 UTC, revision abababababababab, reason “on it\\u{202E}” (6 characters, 1 shown by number)',
    ],
    [
      'changes-rejected',
      { site: 's', incident: '7f3a', person: 'bob', fingerprints: Array(7).fill(DIGEST) },
      `s, incident 7f3a, called hostile by bob: ${Array(5).fill('abababab').join(', ')}, and 2 more`,
    ],
    ...(
      [
        [{ kind: 'terminal' }, 'everything of kind terminal'],
        [{ collection: 'c', wholeCollection: true }, 'everything of c'],
        [{ collection: 'c', wholeCollection: false }, 'one record of c'],
        [{ changes: 3 }, '3 expected changes'],
      ] as const
    ).map(
      ([scope, said]) =>
        [
          'excuse-in-force',
          { site: 's', id: 'mute.1', digest: DIGEST, signers: ['bob'], fromMs: 1, untilMs: 5, ...scope },
          `s, mute.1, ${said}, until 1970-01-01 00:00:00.005 UTC, signed by bob`,
        ] as const,
    ),
    ['excuse-withdrawn', { site: 's', id: 'mute.1', digest: DIGEST }, 's, mute.1'],
    ['excuse-over', { site: 's', id: 'mute.1', digest: DIGEST, covered: 2 }, 's, mute.1, it covered 2'],
    ['incident-resolved', { site: 's', incident: '7f3a', reason: 'over' }, 's, incident 7f3a, over'],
    [
      'alert-enqueued',
      { site: 's', incident: null, severity: 'high', alert: 'a1', alertType: 'drift', channels: [] },
      's, high alert a1 (drift), to no channel',
    ],
    [
      'alert-given-up',
      { incident: '7f3a', alert: 'a1', channel: 'ops', part: 'message', attempts: 3, reason: 'refused' },
      'incident 7f3a, alert a1 on ops message at attempt 3, refused',
    ],
    [
      'acknowledgement-ended',
      { site: 's', incident: '7f3a', person: 'bob', because: 'expired' },
      's, incident 7f3a, of bob, because expired',
    ],
    [
      'acknowledgement-ended',
      { site: 's', incident: '7f3a', because: 'something-new' },
      's, incident 7f3a, because something-new',
    ],
    [
      'incident-escalated',
      { site: 's', incident: '7f3a', page: 2, afterMs: 600_000, time: 1, channels: ['mail'] },
      's, incident 7f3a, page 2 unanswered, time 1, to mail',
    ],
    [
      'proposal-signed',
      { site: 's', person: 'bob', version: 3, digest: DIGEST, signers: ['bob'], installed: false },
      's, baseline 3 sha256:abababababababab…, signed by bob, handed in by bob, waits for others',
    ],
    [
      'proposal-signed',
      { site: 's', person: null, version: 3, digest: DIGEST, signers: ['bob'], installed: true },
      's, baseline 3 sha256:abababababababab…, signed by bob, installed',
    ],
    [
      'proposal-refused',
      { site: 's', person: 'bob', code: 'BASELINE_UNSIGNED' },
      's, handed in by bob, BASELINE_UNSIGNED',
    ],
    [
      'proposal-ended',
      { site: 's', person: 'bob', version: 3, how: 'withdrawn' },
      's, baseline 3, withdrawn, by bob',
    ],
    [
      'expectation-settled',
      { site: 's', id: 'expectation.1', digest: DIGEST, missing: 2 },
      's, expectation.1, 2 not as expected',
    ],
    [
      'alert-owed',
      { alert: 'a1', incident: '7f3a', standing: 'page', severity: 'high', channels: ['ops', 'mail'] },
      'incident 7f3a, high page a1, to ops, mail',
    ],
    [
      'alert-passed-on',
      { alert: 'a1', incident: '7f3a', from: 'ops', to: 'mail' },
      'incident 7f3a, alert a1 from ops to mail',
    ],
    ['digest', { date: '2026-11-25' }, 'of 2026-11-25'],
    ['clock-jumped', { byMs: -5000 }, 'by -5000 ms'],
    ['recording-again', { afterMs: 5000 }, 'after 5000 ms'],
    [
      'internal-error',
      { part: 'the daily digest', code: 'DAEMON_DEFECT', kind: 'TypeError' },
      'in the daily digest, TypeError',
    ],
    [
      'state-empty',
      {
        sites: [
          { site: 'a', version: 1 },
          { site: 'b', version: 2 },
        ],
        lost: true,
      },
      'its memory is lost, baselines 1 of a, 2 of b',
    ],
    ['state-empty', { sites: [], lost: false }, 'its memory begins here'],
    [
      'restore-told',
      { backupHead: DIGEST, replacedHead: null, backupCreated: '2026-11-25T03:00:00.000Z' },
      'from a backup of 2026-11-25T03:00:00.000Z with the head sha256:abababababababab…, in place of none',
    ],
    ['something-new', { site: 's', by: 'alice', list: [1] }, 's, by alice, list [1]'],
  ])('of %s', (type, body, expected) => {
    expect(text(type, body)).toBe(expected);
  });

  test('never holds what could steer a terminal or begin another line, whatever lies in the state', () => {
    const hostile = '\u001b[2J\n  99  forged\u202e';
    const bodies = [
      { site: hostile, reason: hostile, incident: hostile, appeared: [{ severity: hostile }, null, 7] },
      { [hostile]: hostile, signers: hostile, digest: hostile, version: { a: hostile } },
    ];
    for (const type of ['verdict', 'trust-root', 'something-new', 'constructor', '__proto__', hostile]) {
      for (const body of [...bodies.map((one) => JSON.stringify(one)), hostile, '[]', 'null']) {
        const entry = { seq: 1, atMs: Number.MAX_SAFE_INTEGER, type, body, previous: '', hash: '' };
        expect(entryLine(entry)).not.toMatch(/[^ -~“”…]/);
      }
    }
  });
});
