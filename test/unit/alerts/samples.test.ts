import { describe, expect, test } from '@jest/globals';
import { sampleIncidentAlerts } from '../../../daemon/alerts/samples.js';

const alerts = sampleIncidentAlerts();
const pages = alerts.filter(({ role }) => role === 'page');
const commandsOf = ({ nextSteps }: (typeof alerts)[number]) =>
  nextSteps.flatMap(({ command }) => command ?? []);
const labelsOf = ({ facts }: (typeof alerts)[number]) => facts.map(({ label }) => label);

describe('alerts of made-up incidents', () => {
  test('have the steps of real ones: see it, and say that you are on it', () => {
    for (const page of pages.filter(({ type }) => type !== 'acknowledgement-expired')) {
      const commands = commandsOf(page).join('\n');
      expect(commands).toContain(`tillwarden show ${page.incident}`);
      expect(commands).toContain(`tillwarden ack ${page.incident}`);
    }
  });

  test('of drift say since when, lead through the response, and have the lines of the operator', () => {
    const drifts = pages.filter(({ type }) => type === 'drift');
    expect(drifts.length).toBeGreaterThan(5);
    for (const drift of drifts) {
      expect(labelsOf(drift)).toContain('Since');
      expect(commandsOf(drift)).toContain(`tillwarden respond ${drift.incident}`);
    }
    expect(drifts.flatMap(labelsOf)).toContain('Runbook');
  });

  test('leave no word unsaid', () => {
    expect(JSON.stringify(alerts)).not.toContain('undefined');
  });

  test('are the same each time, so that people can compare what two versions say', () => {
    expect(sampleIncidentAlerts()).toEqual(alerts);
  });
});
