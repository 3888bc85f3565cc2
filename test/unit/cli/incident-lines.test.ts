import { describe, expect, test } from '@jest/globals';
import { incidentReport, nextLines } from '../../../daemon/cli/incident/incident-report.js';
import { incidentLines } from '../../../daemon/cli/site/status-text.js';
import type { Terminal } from '../../../daemon/cli/terminal/terminal.js';
import type { Config } from '../../../daemon/config/config.js';
import { NotRead } from '../../../daemon/config/secret.js';
import type { Finding } from '../../../daemon/finding.js';
import { incidentOf, SITE } from '../policy/build.js';

const terminal = { paint: (_: string, text: string) => text };
const asked = { configFile: '', env: {} };
const NOW = Date.UTC(2026, 10, 29, 23, 8, 24);
const HOUR_MS = 3_600_000;
const api = new NotRead();
const prague = {
  name: SITE,
  timeZone: 'Europe/Prague',
  guidance: { product: null, runbook: [] },
  sources: [],
};
const timing = { flapWindowMs: 600_000 } as Config['timing'];
const lines = (
  config: Partial<Parameters<typeof incidentLines>[1]>,
  over: Partial<Parameters<typeof incidentLines>[2]>,
) =>
  incidentLines(
    { ...asked, terminal, clock: () => NOW },
    { api, escalation: [], sites: [prague], timing, ...config },
    { incidents: [], acknowledgements: [], wellAgain: [], ...over },
  );

test('status lists the most severe incident first, whenever it was opened', () => {
  const incidents = (['info', 'high', 'critical'] as const).map((severity, index) =>
    incidentOf({ id: `a${index}`, severity, openedMs: index }),
  );
  const ids = lines({}, { incidents }).flatMap((line) => /^ {2}(a\d) /.exec(line)?.[1] ?? []);
  expect(ids).toEqual(['a2', 'a1', 'a0']);
});

test('status says until when somebody answers in the time of the site, and how long that is', () => {
  const acknowledgement = {
    ...{ incident: '7f3a', person: 'alice', reason: 'x', revision: 'c', atMs: NOW, untilMs: NOW + HOUR_MS },
    ...{ endedMs: null, ending: null },
  };
  expect(lines({}, { incidents: [incidentOf()], acknowledgements: [acknowledgement] }).join('\n')).toContain(
    'acknowledged by alice until Mon 2026-11-30 01:08:24 Europe/Prague (2026-11-30 00:08:24 UTC), for 1 h from now: “x”',
  );
});

test('status says of a source that is read again since when, and when its incident closes', () => {
  const incidents = [incidentOf({ severity: 'critical', topic: 'blind:cas' })];
  const wellAgain = [{ incident: '7f3a', sinceMs: NOW }];
  const text = lines({}, { incidents, wellAgain }).join('\n');
  expect(text).toContain('  WAS CRITICAL  blind:cas  ');
  expect(text).toMatch(
    /\n {8}well again since Mon 2026-11-30 00:08:24 .*; closes when it stays well until Mon 2026-11-30 00:18:24 /,
  );
  expect(lines({}, { incidents }).join('\n')).not.toMatch(/WAS|well/);
});

test('show offers to acknowledge only where there is an API', () => {
  const shown = { incident: incidentOf({ state: 'open' }) };
  expect(nextLines(asked, shown, { api }).join('\n')).toContain('tillwarden ack 7f3a');
  expect(nextLines(asked, shown, { api: null }).join('\n')).not.toContain('ack');
});

describe('show of a source that is read again', () => {
  const outages = { sinceMs: 0, times: 1, endedForMs: 50_000, runningSinceMs: null, lastEndedMs: NOW };
  const subject = { what: 'unreachable', source: 'cas', detail: 'refused', outages } as const;
  const open: readonly Finding[] = [
    {
      ...{ fingerprint: 'a'.repeat(64), reason: '', graceMs: 0, subject, incident: '7f3a', site: SITE },
      ...{ firstSeenMs: 0, notifiedMs: 0 },
      severity: 'critical',
    },
  ];
  const report = (isWatched: boolean, topic = 'blind:cas', more: readonly Finding[] = []) =>
    incidentReport(
      { ...asked, terminal: terminal as Terminal, clock: () => NOW },
      { api, sites: [prague], timing, rules: [] } as unknown as Config,
      {
        ...{ incident: incidentOf({ severity: 'critical', topic, state: 'open' }), open: [...open, ...more] },
        ...{ ended: [], acknowledgements: [], deliveries: [], rejections: [], folded: null },
      },
      isWatched,
    ).join('\n');
  const WELL =
    /well again since Mon 2026-11-30 00:08:24 .*; closes when it stays well until Mon 2026-11-30 00:18:24 /;

  test('says so in its head and of the finding, and when it closes', () => {
    expect(report(true)).toMatch(/^incident 7f3a.* {2}WAS CRITICAL {2}/);
    expect(report(true)).toMatch(new RegExp(`now {7}${WELL.source}`));
    expect(report(true)).toMatch(
      new RegExp(`${WELL.source}.*it was:\\n {2}CRITICAL {2}source cas cannot be read`),
    );
  });

  test('says nothing of it where no daemon looks, nor of drift that went back, nor while something of it is so', () => {
    expect(report(false)).not.toMatch(/well again|WAS/);
    expect(report(true, 'drift')).not.toContain('WAS');
    const running = { ...outages, runningSinceMs: NOW };
    const [again] = open.map((one) => ({ ...one, subject: { ...subject, source: 'b', outages: running } }));
    if (again === undefined) throw new Error('there is one');
    expect(report(true, 'blind:cas', [again])).not.toMatch(/WAS|now {7}/);
  });
});
