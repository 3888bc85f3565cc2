import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { createMetrics, stageTimer } from '../../../daemon/telemetry/metrics.js';
import { STAGES } from '../../../daemon/telemetry/stages.js';

const page = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../../../docs/metrics.md'), 'utf8');
const metricsOf = () => createMetrics(() => ({ sites: [], undelivered: 0 }));

describe('the metrics', () => {
  test('stand in docs/metrics.md, each with its labels, and nothing else does', async () => {
    const metrics = await metricsOf().registry.getMetricsAsJSON();
    const documented = [...page.matchAll(/^\| `(tillwarden_\w+)` \|/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(metrics.map(({ name }) => name).sort());
  });

  test('measure every stage on the way from a hint to the channel, under names of ours', async () => {
    const metrics = metricsOf();
    for (const stage of STAGES) stageTimer(metrics)(stage)();
    const text = await metrics.registry.metrics();
    for (const stage of STAGES) {
      expect(text).toContain(`tillwarden_stage_seconds_count{stage="${stage}"} 1`);
      expect(page).toContain(`\n| \`${stage}\` |`);
    }
  });
});
