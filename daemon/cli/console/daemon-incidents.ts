import {
  acknowledgedSchema,
  incidentDetailSchema,
  MAX_INCIDENT_BYTES,
  overviewSchema,
  readerSchema,
  timelineSchema,
  type WireIncident,
} from '../../http/incidents-wire.js';
import type { ShownDaemon } from '../../views/console-shapes.js';
import {
  findingsFrom,
  incidentDetail,
  type KnownIncident,
  type PageWords,
  unfoldedFinding,
} from '../../views/incident-view.js';
import type { ListedIncident, ShownFinding, ShownIncidentDetail, ShownReader } from '../../views/shapes.js';
import { timelineView } from '../../views/timeline-view.js';
import { conditionOf } from '../incident/wire-incident.js';
import { refusedWith, type ServerClient, visible } from '../signing/server-client.js';
import { ConsoleError, shownProblem } from './errors.js';

/** Clocks that differ by less are alike, in milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * What the daemon behind the console says of its incidents. It is the daemon's word alone, and shown as that: what it tells in words is printed
 * as visible ASCII, and values of the watched system are quoted here (invariant 8).
 */
export class DaemonIncidents {
  readonly #client: ServerClient;
  readonly #clock: () => number;
  #reader: ShownReader | null = null;

  constructor(client: ServerClient, clock: () => number) {
    this.#client = client;
    this.#clock = clock;
  }

  /** What is open. Never rejects: what keeps it from being known stands in it. */
  async overview(): Promise<ShownDaemon> {
    try {
      const sentMs = this.#clock();
      const [all, reader] = await Promise.all([
        this.#client.json('GET', '/api/page/overview', overviewSchema),
        this.#reader ?? this.#client.json('GET', '/api/me', readerSchema),
      ]);
      this.#reader = reader;
      const ahead = all.nowMs - (sentMs + this.#clock()) / 2;
      return {
        problem: null,
        incidents: all.incidents.map(listed),
        incidentsLeftOut: all.incidentsLeftOut,
        resolved: all.resolved.map(listed),
        degraded: all.degraded.map(visible),
        clockAheadMs: Math.abs(ahead) < CLOCK_TOLERANCE_MS ? null : ahead,
        canAcknowledge: reader.scopes.includes('acknowledge'),
        version: all.version,
      };
    } catch (error) {
      this.#reader = null;
      const none = { incidents: null, incidentsLeftOut: 0, resolved: [], degraded: [], clockAheadMs: null };
      const problem = refusedWith(error, 'API_NOT_FOUND')
        ? {
            code: 'CLI_SERVER_REFUSED',
            message:
              'the daemon is of an older version and tells the console of no incidents: upgrade it, or use "tillwarden show"',
          }
        : shownProblem(error);
      return { ...none, problem, canAcknowledge: false, version: null };
    }
  }

  /** One incident, whole. Throws `CONSOLE_NOT_FOUND`, and what asking the daemon throws. */
  async detail(id: string): Promise<ShownIncidentDetail> {
    const [wire, happened] = await Promise.all([
      this.#ask(id),
      this.#client.json('GET', `/api/incidents/${id}/timeline`, timelineSchema),
    ]);
    const steps = timelineView(happened.steps).map((step) => ({ ...step, words: visible(step.words) }));
    const detail = incidentDetail(known(wire), wordsOf(wire), {
      timeline: steps,
      timelineLeftOut: happened.leftOut,
    });
    return {
      ...detail,
      title: visible(detail.title),
      findingCount: wire.open.length,
      findingsUntold: untold(wire),
    };
  }

  async findings(id: string, from: number): Promise<ShownFinding[]> {
    const wire = await this.#ask(id);
    return findingsFrom(known(wire), wordsOf(wire), from);
  }

  /** A finding with whole values. Throws `CONSOLE_NOT_FOUND` when it is not open any more. */
  async finding(id: string, fingerprint: string): Promise<ShownFinding> {
    const wire = await this.#ask(id);
    const finding = unfoldedFinding(known(wire), wordsOf(wire), fingerprint);
    if (finding === null)
      throw new ConsoleError('CONSOLE_NOT_FOUND', 'this finding is not open any more: go back to the list');
    return finding;
  }

  /** Answers for an incident as it was shown, in the name of the token. Throws `CONSOLE_MOVED` when it is another one by now. */
  async acknowledge(id: string, revision: string, reason: string): Promise<{ readonly untilMs: number }> {
    try {
      const path = `/api/incidents/${id}/acknowledge`;
      return await this.#client.json('POST', path, acknowledgedSchema, { body: { revision, reason } });
    } catch (error) {
      if (!refusedWith(error, 'INCIDENT_OTHER_REVISION')) throw error;
      throw new ConsoleError(
        'CONSOLE_MOVED',
        'it changed while you looked, and is shown as it is now; nothing was acknowledged: look again',
      );
    }
  }

  async #ask(id: string): Promise<WireIncident> {
    if (!/^[0-9a-f]{1,32}$/.test(id))
      throw new ConsoleError('CONSOLE_NOT_FOUND', 'no incident has this id: take one of the list');
    try {
      return await this.#client.json('GET', `/api/incidents/${id}`, incidentDetailSchema, {
        maxBytes: MAX_INCIDENT_BYTES,
      });
    } catch (error) {
      if (refusedWith(error, 'API_NOT_FOUND')) {
        throw new ConsoleError(
          'CONSOLE_NOT_FOUND',
          'the daemon knows no incident of this id: take one of the list',
        );
      }
      throw error;
    }
  }
}

function listed(one: ListedIncident): ListedIncident {
  return { ...one, title: visible(one.title) };
}

function untold({ open, openCount }: WireIncident): number {
  return Math.max(0, openCount - open.length);
}

/** An older daemon leaves some of it out. */
function known({ incident, open, hostile, acknowledgement }: WireIncident): KnownIncident {
  const { topic = 'drift', event = 0, observedMs = null, resolvedMs = null, resolution = null } = incident;
  const { id, site, openedMs } = incident;
  return {
    incident: {
      ...{ ...incident, topic, event, observedMs, resolvedMs },
      resolution: resolution === null ? null : visible(resolution),
    },
    open: open.map(({ firstSeenMs = openedMs, notifiedMs = null, ...one }) => ({
      ...conditionOf(one),
      ...{ site, incident: id, firstSeenMs, notifiedMs },
    })),
    answer: acknowledgement,
    called: new Map(hostile.map(({ fingerprint, person, atMs }) => [fingerprint, { person, atMs }])),
    wellSinceMs: incident.wellSinceMs ?? null,
  };
}

function wordsOf({ definitions, site }: WireIncident): PageWords {
  const lines = site?.runbook.map(({ kinds, text }) => ({ kinds, text: visible(text) })) ?? [];
  return {
    timeZone: zoneOrUtc(site?.timeZone ?? 'UTC'),
    definitions: new Map(definitions.map((one) => [one.name, one])),
    // Whoever approves sees whole values.
    personal: new Map(),
    guidance: { product: site?.product ?? null, runbook: lines },
  };
}

/** A name that is none would make every time unreadable. */
function zoneOrUtc(timeZone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return timeZone;
  } catch {
    return 'UTC';
  }
}
