import type { Finding } from '../finding.js';
import type { Incident } from '../incident.js';
import { timelineOf } from '../incidents/timeline.js';
import { incidentWellSinceMs } from '../policy/outages.js';
import type { IncidentRecord, StoreReader } from '../store/store.js';
import {
  findingsFrom,
  incidentDetail,
  incidentSummary,
  incidentsWorstFirst,
  type KnownIncident,
  type PageWords,
  unfoldedFinding,
  worstSeverity,
} from '../views/incident-view.js';
import type { ShownOverview, ShownReader, ShownSite } from '../views/shapes.js';
import { timelineView } from '../views/timeline-view.js';
import type { DaemonStatus } from '../watchdog/health.js';
import { ApiError } from './errors.js';
import type { Route } from './route.js';

/** Incidents listed at once, and of those that are resolved. */
const MAX_LISTED = 200;
const MAX_RESOLVED_LISTED = 20;

export interface PageRoutesOptions {
  readonly store: {
    readonly incidents: Pick<StoreReader['incidents'], 'find' | 'list' | 'resolved'>;
    readonly findings: Pick<StoreReader['findings'], 'rejections' | 'openOf'>;
    readonly outbox: Pick<StoreReader['outbox'], 'alerts'>;
  };
  readonly status: () => DaemonStatus;
  readonly wordsOf: (site: string) => PageWords;
  readonly clock: () => number;
}

/** What the watch page shows, in the shapes of `views/shapes.ts`: quoted already, so that the page has nothing to decide. */
export function pageRoutes(options: PageRoutesOptions): readonly Route[] {
  const { store, wordsOf } = options;
  return [
    {
      method: 'GET',
      path: '/api/me',
      scope: 'read',
      handle: ({ name, scopes }): ShownReader => ({ name, scopes }),
    },
    { method: 'GET', path: '/api/page/overview', scope: 'read', handle: () => overviewOf(options) },
    {
      method: 'GET',
      path: '/api/page/incidents/:id',
      scope: 'read',
      handle: (_person, { id = '' }) => {
        const { record, known } = knownIncident(store, id);
        const alerts = store.outbox.alerts(record.incident.id);
        const { steps, leftOut } = timelineOf(record, alerts, store.findings.rejections(record.incident.id));
        const happened = { timeline: timelineView(steps), timelineLeftOut: leftOut };
        return incidentDetail(known, wordsOf(record.incident.site), happened);
      },
    },
    {
      method: 'GET',
      path: '/api/page/incidents/:id/findings/:from',
      scope: 'read',
      handle: (_person, { id = '', from = '' }) => {
        if (!/^\d{1,7}$/.test(from))
          throw new ApiError('API_NOT_FOUND', 'findings are counted from 0 on: give such a number');
        const { known } = knownIncident(store, id);
        return { findings: findingsFrom(known, wordsOf(known.incident.site), Number(from)) };
      },
    },
    {
      method: 'GET',
      path: '/api/page/incidents/:id/finding/:fingerprint',
      scope: 'read',
      handle: (_person, { id = '', fingerprint = '' }) => {
        const { known } = knownIncident(store, id);
        const finding = unfoldedFinding(known, wordsOf(known.incident.site), fingerprint);
        if (finding === null)
          throw new ApiError('API_NOT_FOUND', 'this finding is not open any more: go back to the list');
        return { finding };
      },
    },
  ];
}

function knownIncident(
  store: PageRoutesOptions['store'],
  id: string,
): { readonly record: IncidentRecord; readonly known: KnownIncident } {
  const record = /^[0-9a-f]{1,32}$/.test(id) ? store.incidents.find(id) : null;
  if (record === null) throw new ApiError('API_NOT_FOUND', 'no incident has this id: take one of the list');
  const { incident, open, acknowledgements } = record;
  const answer = acknowledgements.find(({ endedMs }) => endedMs === null) ?? null;
  const rejections = [...store.findings.rejections(incident.id)].reverse();
  const called = new Map(rejections.map((one) => [one.fingerprint, { person: one.person, atMs: one.atMs }]));
  return { record, known: { incident, open, answer, called, wellSinceMs: wellSinceMs(incident, open) } };
}

function overviewOf({ store, status, clock }: PageRoutesOptions): ShownOverview {
  const { sites, degraded, version } = status();
  // The worst first before any is left out: an old critical one must not go behind hundreds of new lesser ones.
  const open = incidentsWorstFirst(store.incidents.list({ unresolvedOnly: true }));
  const lasting = open.filter(
    ({ id, topic }) => incidentWellSinceMs(topic, () => store.findings.openOf(id)) === null,
  );
  const resolved = store.incidents.resolved(MAX_RESOLVED_LISTED);
  return {
    sites: sites.map(
      ({ site, baseline, collections }): ShownSite => ({
        site,
        version: baseline?.version ?? null,
        expiresMs: baseline?.expiresMs ?? null,
        ...collections,
        worst: worstSeverity(lasting.filter((one) => one.site === site)),
      }),
    ),
    incidents: open.slice(0, MAX_LISTED).map((one) => summaryOf(store, one)),
    incidentsLeftOut: Math.max(0, open.length - MAX_LISTED),
    resolved: resolved.map((incident) => summaryOf(store, incident)),
    degraded,
    nowMs: clock(),
    version,
  };
}

function summaryOf(store: PageRoutesOptions['store'], incident: Incident) {
  const open = incident.state === 'resolved' ? [] : store.findings.openOf(incident.id);
  const answers =
    incident.state === 'acknowledged' ? store.incidents.find(incident.id)?.acknowledgements : [];
  const answer = answers?.find(({ endedMs }) => endedMs === null) ?? null;
  const known = { incident, open, answer, called: new Map(), wellSinceMs: wellSinceMs(incident, open) };
  return incidentSummary(known);
}

function wellSinceMs({ state, topic }: Incident, open: readonly Finding[]): number | null {
  return state === 'resolved' ? null : incidentWellSinceMs(topic, () => open);
}
