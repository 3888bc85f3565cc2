import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createResponses, type Responses } from '../../../daemon/response/responses.js';
import { temporaryStore } from '../../support/temporary-store.js';

const OPENED_MS = Date.UTC(2026, 10, 30, 12);

let kept: ReturnType<typeof temporaryStore>;
let nowMs: number;
let responses: Responses;
let incident: string;

beforeEach(() => {
  kept = temporaryStore();
  nowMs = OPENED_MS;
  incident = kept.store.transaction(
    (tx) => tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, OPENED_MS).id,
  );
  responses = createResponses({
    store: kept.store,
    site: () => ({
      ...{ product: null, timeZone: 'UTC' },
      facts: () => ({
        ...{ definitions: new Map(), outcomes: new Map(), readings: new Map(), baseline: null, logs: [] },
      }),
    }),
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
