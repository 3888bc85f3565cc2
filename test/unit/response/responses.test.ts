import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createResponses, type Responses } from '../../../daemon/response/responses.js';
import { temporaryStore } from '../../support/temporary-store.js';

const OPENED_MS = Date.UTC(2026, 10, 30, 12);

let kept: ReturnType<typeof temporaryStore>;
let nowMs: number;
let responses: Responses;
let incident: string;
let isConfigured = true;

beforeEach(() => {
  kept = temporaryStore();
  nowMs = OPENED_MS;
  incident = kept.store.transaction(
    (tx) => tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, OPENED_MS).id,
  );
  responses = createResponses({
    store: kept.store,
    site: () =>
      isConfigured
        ? {
            ...{ product: null, timeZone: 'UTC' },
            facts: () => ({
              ...{
                definitions: new Map(),
                outcomes: new Map(),
                readings: new Map(),
                baseline: null,
                logs: [],
              },
            }),
          }
        : null,
    directory: () => null,
    channels: () => [],
    onEnqueued: () => undefined,
    clock: () => nowMs,
  });
});
afterEach(() => kept.remove());

test('what people say of an incident is kept when the clock is set right, to a time before it was opened', () => {
  const [step] = responses.stateOf(incident).steps;
  nowMs = OPENED_MS - 3_600_000;
  const said = { incident, person: 'alice', step: step?.step.id ?? '', done: true, note: 'from the office' };
  expect(responses.say(said).begun).toMatchObject({ person: 'alice', atMs: nowMs });
  responses.say({ ...said, person: 'bob', note: 'again' });
  expect(responses.stateOf(incident)).toMatchObject({ begun: { person: 'alice' } });
  expect(responses.stateOf(incident).steps[0]?.word).toMatchObject({ person: 'bob', note: 'again' });
});

test('of a runbook that is not there those are named that are, and a site that is configured no more is to be put back', () => {
  const refusal = (ask: () => unknown) => {
    try {
      ask();
    } catch (error) {
      return error;
    }
    return null;
  };
  expect(refusal(() => responses.stateOf(incident, 'nothing'))).toMatchObject({
    code: 'INCIDENT_RUNBOOK_UNKNOWN',
    message: expect.stringMatching(/^there is no runbook of that name; known are \w/),
  });
  isConfigured = false;
  expect(refusal(() => responses.stateOf(incident))).toMatchObject({
    code: 'INCIDENT_SITE_GONE',
    message: expect.stringContaining('put it back into the configuration'),
  });
  isConfigured = true;
});
