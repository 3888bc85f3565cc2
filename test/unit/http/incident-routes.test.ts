import { describe, expect, test } from '@jest/globals';
import { sha256Hex } from '../../../baselines/index.js';
import type { ApiPerson } from '../../../daemon/config/api-token.js';
import { incidentRoutes } from '../../../daemon/http/incident-routes.js';
import { incidentDetailSchema, incidentsSchema, MAX_FINDINGS } from '../../../daemon/http/incidents-wire.js';
import type { Acknowledgement } from '../../../daemon/incident.js';
import type { AcknowledgeRequest } from '../../../daemon/policy/lifecycle.js';
import {
  definitionOf,
  findingOf,
  incidentOf,
  oneCondition,
  unknownCondition,
  withSeverity,
} from '../policy/build.js';

const alice: ApiPerson = { name: 'alice', tokenDigest: '0'.repeat(64), scopes: ['read', 'acknowledge'] };
const answers: Acknowledgement = {
  ...{ incident: '7f3a', person: 'bob', reason: 'on <!here> it', revision: 'c'.repeat(64) },
  ...{ atMs: 1, untilMs: 9, endedMs: null, ending: null },
};
const asked: Omit<AcknowledgeRequest, 'nowMs'>[] = [];
const many = Array.from({ length: MAX_FINDINGS }, (_, n) => ({
  ...withSeverity(oneCondition('terminal', 'added'), 'low'),
  fingerprint: sha256Hex(String(n)),
}));
const open = [...many, unknownCondition('admin', 'denied'), oneCondition('wallet-route', 'modified')].map(
  (condition) => findingOf(condition),
);
const outage = findingOf({
  ...oneCondition('terminal', 'added'),
  subject: {
    ...{ what: 'unreachable', source: 'cas', detail: 'refused' },
    outages: { sinceMs: 0, times: 1, endedForMs: 50, runningSinceMs: null, lastEndedMs: 5_000 },
  },
});
const routes = incidentRoutes({
  guidanceOf: () => null,
  store: {
    incidents: {
      list: () => [incidentOf(), incidentOf({ id: 'b11d', topic: 'blind:cas' })],
      resolved: () => [incidentOf({ id: '11aa', state: 'resolved', resolvedMs: 8_000 })],
      find: (id) =>
        id === '7f3a' ? { incident: incidentOf(), open, ended: [], acknowledgements: [answers] } : null,
    },
    outbox: { alerts: () => [] },
    findings: {
      rejections: () => [{ fingerprint: many[0]?.fingerprint ?? '', person: 'bob', atMs: 3 }],
      openOf: (id) => (id === 'b11d' ? [outage] : []),
    },
  },
  definitionsOf: () => [definitionOf('wallet-route')],
  acknowledge: (request) => {
    asked.push(request);
    return { incident: '7f3a', revision: request.revision, untilMs: 5 };
  },
});
const call = (method: string, path: string, params: Record<string, string> = {}, body?: unknown) =>
  routes.find((one) => one.method === method && one.path === path)?.handle(alice, params, body);

describe('the routes of incidents', () => {
  test('need the scope of what they do', () => {
    expect(routes.map(({ method, path, scope }) => `${method} ${path} ${scope}`)).toEqual([
      'GET /api/incidents read',
      'GET /api/incidents/resolved read',
      'GET /api/incidents/:id read',
      'GET /api/incidents/:id/timeline read',
      'POST /api/incidents/:id/acknowledge acknowledge',
    ]);
  });

  test('list what is not resolved, in the form their readers expect, and since when a source is well again', () => {
    expect(incidentsSchema.parse(call('GET', '/api/incidents')).incidents).toMatchObject([
      { id: '7f3a', wellSinceMs: null },
      { id: 'b11d', wellSinceMs: 5_000 },
    ]);
  });

  test('list what is resolved apart, and tell what happened to each', () => {
    expect(incidentsSchema.parse(call('GET', '/api/incidents/resolved')).incidents).toMatchObject([
      { id: '11aa', resolvedMs: 8_000 },
    ]);
    const timeline = call('GET', '/api/incidents/:id/timeline', { id: '7f3a' });
    expect(timeline).toMatchObject({ leftOut: 0 });
    expect(timeline).toHaveProperty('steps.0.what', 'opened');
  });

  test('show an incident the worst first, with no more findings than their readers take, and who answers', () => {
    const shown = incidentDetailSchema.parse(call('GET', '/api/incidents/:id', { id: '7f3a' }));
    expect(shown.openCount).toBe(MAX_FINDINGS + 2);
    expect(shown.hostile).toMatchObject([{ person: 'bob' }]);
    expect(shown.open).toHaveLength(MAX_FINDINGS);
    expect(shown.open.slice(0, 3).map(({ severity }) => severity)).toEqual(['critical', 'critical', 'low']);
    expect(shown.acknowledgement).toEqual({ person: 'bob', reason: 'on <!here> it', untilMs: 9 });
    expect(shown.definitions.map(({ name }) => name)).toEqual(['wallet_routes']);
  });

  test('know no incident that is not there', () => {
    expect(() => call('GET', '/api/incidents/:id', { id: 'ffff' })).toThrow(
      expect.objectContaining({ code: 'API_NOT_FOUND' }),
    );
  });

  test('acknowledge as the person of the token, and as nobody else', () => {
    const path = '/api/incidents/:id/acknowledge';
    const body = { revision: 'c'.repeat(64), reason: 'on it' };
    expect(call('POST', path, { id: '7f3a' }, body)).toMatchObject({ person: 'alice', untilMs: 5 });
    expect(asked).toEqual([{ incident: '7f3a', person: 'alice', ...body }]);
    for (const wrong of [{ ...body, person: 'bob' }, { ...body, revision: 'c' }, { reason: 'x' }, null]) {
      expect(() => call('POST', path, { id: '7f3a' }, wrong)).toThrow(
        expect.objectContaining({ code: 'API_INVALID' }),
      );
    }
    expect(asked).toHaveLength(1);
  });
});
