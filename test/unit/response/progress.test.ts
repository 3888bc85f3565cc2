import { expect, test } from '@jest/globals';
import type { CollectionOutcome } from '../../../daemon/drift/compare.js';
import { type BegunResponse, progressOf } from '../../../daemon/response/progress.js';
import { runbookSchema } from '../../../daemon/response/runbook-form.js';

const runbook = runbookSchema.parse({
  ...{ name: 'ours', title: 'Ours', finish: { do: 'Switch on.' } },
  steps: [
    { id: 'call', do: 'Call Petr.' },
    { id: 'users', do: 'Review users.', see: { 'as-signed': ['admin'] } },
    { id: 'files', do: 'Review files.', see: { 'as-signed': ['file'] } },
  ],
});

/** Which steps are done when somebody has said that all of them are, and the users' collection came out as this. */
const NOTED = { sinceMs: Date.UTC(2026, 10, 27), events: new Map() };

function doneWith(outcome: CollectionOutcome, word: boolean): readonly boolean[] {
  const said = (step: string) => ({ step, done: word, person: 'alice', note: '', atMs: 1 });
  const begun: BegunResponse = {
    ...{
      runbook: 'ours',
      digest: '',
      person: 'alice',
      atMs: 1,
      secretsAtBegin: null,
      finished: null,
      evidence: null,
    },
    words: new Map(runbook.steps.map(({ id }) => [id, said(id)])),
  };
  const admins = {
    ...{ name: 'admins', kind: 'admin' as const, source: 'cas', table: 't' },
    ...{ key: ['id'], columns: [], secret: [] },
  };
  const facts = {
    definitions: new Map([['admins', admins]]),
    outcomes: new Map([['admins', outcome]]),
    ...{ readings: new Map(), baseline: 1, signedSince: [], secretsAtBegin: null, logs: [], noted: NOTED },
  };
  return progressOf({ runbook, digest: '' }, begun, facts).map(({ done }) => done);
}

test('a word that was given while nobody knew counts no more when tillwarden sees that it is not so', () => {
  expect(doneWith({ outcome: 'unknown', cause: 'unreachable', detail: 'x' }, true)).toEqual([
    true,
    true,
    true,
  ]);
  expect(doneWith({ outcome: 'drifted', changes: [] }, true)).toEqual([true, false, true]);
});

test('what tillwarden sees done is done without any word, and nothing else is', () => {
  expect(doneWith({ outcome: 'same' }, false)).toEqual([false, true, false]);
});
