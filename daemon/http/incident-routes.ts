import { canonicalDefinition, type Definition } from '../../baselines/index.js';
import { SEVERITIES } from '../../notifiers/index.js';
import type { Guidance } from '../alerts/runbook.js';
import type { Finding } from '../finding.js';
import type { Incident } from '../incident.js';
import type { Acknowledged } from '../incidents/acknowledgements.js';
import { timelineOf } from '../incidents/timeline.js';
import type { AcknowledgeRequest } from '../policy/lifecycle.js';
import { incidentWellSinceMs } from '../policy/outages.js';
import type { IncidentRecord, StoreReader } from '../store/store.js';
import { ApiError } from './errors.js';
import { acknowledgeSchema, MAX_FINDINGS, MAX_RESOLVED, type WireIncident } from './incidents-wire.js';
import { parsedBody, type Route } from './route.js';

/** Incidents for people on other machines: what they hold now, and answering for one. Bodies and answers are those of `incidents-wire.ts`. */
export function incidentRoutes(options: {
  readonly store: {
    readonly incidents: Pick<StoreReader['incidents'], 'find' | 'list' | 'resolved'>;
    readonly findings: Pick<StoreReader['findings'], 'rejections' | 'openOf'>;
    readonly outbox: Pick<StoreReader['outbox'], 'alerts'>;
  };
  /** Configured and signed definitions of a site; none of one that is not configured any more. */
  readonly definitionsOf: (site: string) => readonly Definition[];
  /** What is configured of a site for whoever reads of it; null for one that is not. */
  readonly guidanceOf: (site: string) => (Guidance & { readonly timeZone: string }) | null;
  readonly acknowledge: (request: Omit<AcknowledgeRequest, 'nowMs'>) => Acknowledged;
}): readonly Route[] {
  const { store } = options;
  return [
    {
      method: 'GET',
      path: '/api/incidents',
      scope: 'read',
      handle: () => ({ incidents: store.incidents.list({ unresolvedOnly: true }).map(wireOf) }),
    },
    {
      method: 'GET',
      path: '/api/incidents/resolved',
      scope: 'read',
      handle: () => ({ incidents: store.incidents.resolved(MAX_RESOLVED).map(wireOf) }),
    },
    {
      method: 'GET',
      path: '/api/incidents/:id',
      scope: 'read',
      handle: (_person, { id = '' }) => detailOf(id),
    },
    {
      method: 'GET',
      path: '/api/incidents/:id/timeline',
      scope: 'read',
      handle: (_person, { id = '' }) => {
        const found = recordOf(id);
        const whole = found.incident.id;
        return timelineOf(found, store.outbox.alerts(whole), store.findings.rejections(whole));
      },
    },
    {
      method: 'POST',
      path: '/api/incidents/:id/acknowledge',
      scope: 'acknowledge',
      handle: ({ name: person }, { id: incident = '' }, body) => {
        const { revision, reason } = parsedBody(acknowledgeSchema, body);
        return { ...options.acknowledge({ incident, revision, person, reason }), person };
      },
    },
  ];

  function wireOf(incident: Incident) {
    return wireIncident(incident, () => store.findings.openOf(incident.id));
  }

  function recordOf(id: string): IncidentRecord {
    const found = /^[0-9a-f]{1,32}$/.test(id) ? store.incidents.find(id) : null;
    if (found === null)
      throw new ApiError(
        'API_NOT_FOUND',
        'no incident has this id: copy it from the alert, or see those that are open with "tillwarden show"',
      );
    return found;
  }

  function detailOf(id: string): WireIncident {
    const { incident, open, acknowledgements } = recordOf(id);
    const worstFirst = [...open].sort(
      (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
    );
    const answer = acknowledgements.find(({ endedMs }) => endedMs === null);
    return {
      incident: wireIncident(incident, () => open),
      open: worstFirst
        .slice(0, MAX_FINDINGS)
        .map(({ fingerprint, severity, subject, firstSeenMs, notifiedMs }) => ({
          fingerprint,
          severity,
          firstSeenMs,
          notifiedMs,
          subject: subject.what === 'change' ? { ...subject, after: [...subject.after] } : subject,
        })),
      openCount: open.length,
      hostile: store.findings.rejections(incident.id),
      acknowledgement:
        answer === undefined
          ? null
          : { person: answer.person, reason: answer.reason, untilMs: answer.untilMs },
      definitions: options.definitionsOf(incident.site).map(canonicalDefinition),
      ...wireGuidance(options.guidanceOf(incident.site)),
    };
  }
}

function wireGuidance(
  guidance: (Guidance & { readonly timeZone: string }) | null,
): Pick<WireIncident, 'site'> {
  if (guidance === null) return {};
  const { timeZone, product, runbook } = guidance;
  const lines = runbook.map(({ kinds, text }) => ({
    text,
    ...(kinds === undefined ? {} : { kinds: [...kinds] }),
  }));
  return { site: { timeZone, product, runbook: lines } };
}

function wireIncident(incident: Incident, openFindings: () => readonly Finding[]) {
  const { id, site, topic, state, severity, revision, page, event, openedMs, unansweredMs } = incident;
  const { observedMs, resolvedMs, resolution } = incident;
  return {
    ...{ id, site, topic, state, severity, revision, page, event, openedMs, unansweredMs },
    ...{ observedMs, resolvedMs, resolution },
    wellSinceMs: state === 'resolved' ? null : incidentWellSinceMs(topic, openFindings),
  };
}
