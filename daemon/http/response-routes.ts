import type { ResponseState, Responses } from '../response/responses.js';
import { FINISH } from '../response/runbook-form.js';
import { evidenceSchema, finishSchema, saySchema, type WireResponse } from './response-wire.js';
import { parsedBody, type Route } from './route.js';

/** Responses for people on other machines. That it is over says who may sign (`submit`), for terminals are switched on by it. */
export function responseRoutes(responses: Responses): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/incidents/:id/response',
      scope: 'read',
      handle: (_person, { id = '' }) => wire(responses.stateOf(id)),
    },
    {
      method: 'GET',
      path: '/api/incidents/:id/response/:runbook',
      scope: 'read',
      handle: (_person, { id = '', runbook = '' }) => wire(responses.stateOf(id, runbook)),
    },
    {
      method: 'POST',
      path: '/api/incidents/:id/response',
      scope: 'acknowledge',
      handle: ({ name: person }, { id: incident = '' }, body) => {
        const said = parsedBody(saySchema, body);
        // Of that no lesser token may speak.
        const step = said.step === FINISH ? '' : said.step;
        return wire(responses.say({ incident, person, ...said, step }));
      },
    },
    {
      method: 'POST',
      path: '/api/incidents/:id/response/finish',
      scope: 'submit',
      handle: ({ name: person }, { id: incident = '' }, body) => {
        const { runbook } = parsedBody(finishSchema, body);
        return wire(responses.say({ incident, person, runbook, step: FINISH, done: true, note: '' }));
      },
    },
    {
      method: 'POST',
      path: '/api/incidents/:id/response/evidence',
      scope: 'acknowledge',
      handle: ({ name: person }, { id: incident = '' }, body) => {
        const { sha256 } = parsedBody(evidenceSchema, body);
        return wire(responses.noteEvidence({ incident, person, sha256 }));
      },
    },
  ];
}

function wire({ incident, site, known, begun, steps, others }: ResponseState): WireResponse {
  const { name, title, source = null, finish } = known.runbook;
  return {
    ...{ incident, site, runbook: { name, title, source, digest: known.digest }, others: [...others] },
    begun: begun === null ? null : { person: begun.person, atMs: begun.atMs },
    finished: begun?.finished ?? null,
    evidence: begun?.evidence ?? null,
    steps: steps.map(({ step, sight, word, done }) => ({
      ...{ id: step.id, do: step.do, why: step.why ?? null, done, sees: sight },
      said: word === null ? null : { person: word.person, done: word.done, note: word.note, atMs: word.atMs },
    })),
    finish: finish.do,
    left: steps.filter(({ done }) => !done).length,
  };
}
