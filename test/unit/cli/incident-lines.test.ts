import { expect, test } from '@jest/globals';
import { nextLines } from '../../../daemon/cli/incident/incident-report.js';
import { incidentLines } from '../../../daemon/cli/site/status-text.js';
import { NotRead } from '../../../daemon/config/secret.js';
import { incidentOf, SITE } from '../policy/build.js';

const terminal = { paint: (_: string, text: string) => text };
const NOW = Date.UTC(2026, 10, 29, 23, 8, 24);
const HOUR_MS = 3_600_000;
const api = new NotRead();
const prague = {
  name: SITE,
  timeZone: 'Europe/Prague',
  guidance: { product: null, runbook: [] },
  sources: [],
};
const lines = (
  config: Partial<Parameters<typeof incidentLines>[1]>,
  over: Partial<Parameters<typeof incidentLines>[2]>,
) =>
  incidentLines(
    terminal,
    { api, escalation: [], sites: [prague], ...config },
    { incidents: [], acknowledgements: [], ...over },
    NOW,
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

test('show offers to acknowledge only where there is an API', () => {
  const shown = { incident: incidentOf({ state: 'open' }) };
  expect(nextLines(shown, { api }).join('\n')).toContain('tillwarden ack 7f3a');
  expect(nextLines(shown, { api: null }).join('\n')).not.toContain('ack');
});
