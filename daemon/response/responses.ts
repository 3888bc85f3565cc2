import * as z from 'zod';
import { composeResponseFinished } from '../alerts/announce-response.js';
import type { Product } from '../alerts/runbook.js';
import type { Channel } from '../channel.js';
import { enqueueNotice } from '../outbox/enqueue.js';
import { IncidentError } from '../policy/incident-error.js';
import { headOf } from '../store/head.js';
import { allEntries } from '../store/journal/chain.js';
import type { IncidentRecord, Store, StoreTransaction } from '../store/store.js';
import { begunIn } from './begun.js';
import { type BegunResponse, progressOf, type StepProgress } from './progress.js';
import { type KnownRunbook, readRunbooks } from './read-runbooks.js';
import { FINISH } from './runbook-form.js';
import { type SiteFacts, secretMarks } from './see.js';

/** A site as a response looks at it. */
export interface RespondedSite {
  readonly product: Product | null;
  readonly timeZone: string;
  /** What is so there now, apart from what the journal knows. */
  readonly facts: () => Pick<SiteFacts, 'definitions' | 'outcomes' | 'readings' | 'baseline' | 'logs'>;
}

/** How far the response to an incident is. */
export interface ResponseState {
  readonly incident: string;
  readonly site: string;
  readonly known: KnownRunbook;
  readonly begun: BegunResponse | null;
  readonly steps: readonly StepProgress[];
  /** Other runbooks that could be chosen. */
  readonly others: readonly string[];
}

/** What a person says of a step, or, of `finish`, that it is over. */
export interface ResponseRequest {
  readonly incident: string;
  readonly person: string;
  /** Names the runbook; the one that was begun, else the first that fits, when absent. */
  readonly runbook?: string | undefined;
  readonly step: string;
  readonly done: boolean;
  readonly note: string;
}

export interface Responses {
  /** Throws `IncidentError`. */
  stateOf(incident: string, runbook?: string): ResponseState;
  /** Records what a person says, in the journal. The first word begins the response. Throws `IncidentError`; nothing is recorded then. */
  say(request: ResponseRequest): ResponseState;
  /** Records that somebody wrote the evidence of an incident to an archive. Throws `IncidentError`. */
  noteEvidence(about: {
    readonly incident: string;
    readonly person: string;
    /** Hex, of the archive. */
    readonly sha256: string;
  }): ResponseState;
}

export interface ResponsesOptions {
  readonly store: Store;
  readonly site: (name: string) => RespondedSite | null;
  readonly directory: () => string | null;
  readonly channels: () => readonly Channel[];
  readonly onEnqueued: () => void;
  readonly clock: () => number;
}

/** Secrets beyond which none is remembered, so that an entry of the journal stays small. */
const MOST_SECRETS = 2_000;
const MOST_NOTE = 500;
/** What was said after an incident was opened may be of a time before that, by a clock that was set right meanwhile. */
const CLOCK_SET_BACK_MS = 30 * 86_400_000;

/** Responses to incidents. What was said lies in the journal and nowhere else. */
export function createResponses(options: ResponsesOptions): Responses {
  return new JournaledResponses(options);
}

class JournaledResponses implements Responses {
  constructor(private readonly options: ResponsesOptions) {}

  stateOf(id: string, wanted?: string): ResponseState {
    const { store, directory } = this.options;
    const record = this.#find(id);
    const { incident } = record;
    const site = this.#siteOf(incident.site);
    const entries = allEntries(store, {
      incident: incident.id,
      sinceMs: incident.openedMs - CLOCK_SET_BACK_MS,
    });
    const begun = begunIn(entries, incident.id);
    const all = readRunbooks(directory());
    const known = chosen(all, { wanted, begun, record, product: site.product });
    const facts = {
      ...site.facts(),
      signedSince: signedSince(store, record),
      noted: notedLately(store, record),
      secretsAtBegin: begun?.secretsAtBegin ?? null,
    };
    const others = all.flatMap(({ runbook: { name } }) => (name === known.runbook.name ? [] : [name]));
    const steps = progressOf(known, begun, facts);
    return { incident: incident.id, site: incident.site, known, begun, steps, others };
  }

  say(request: ResponseRequest): ResponseState {
    const before = this.stateOf(request.incident, request.runbook);
    refuse(before, request);
    const { incident, site } = before;
    const { person, step, done } = request;
    const note = request.note.trim().slice(0, MOST_NOTE);
    this.options.store.transaction((tx) => {
      if (before.begun === null) this.#begin(tx, before, person);
      if (step === FINISH) this.#finish(tx, before, person);
      else {
        const body = { site, incident, person, step, done, note };
        tx.journal.append({ type: 'response-step', body }, this.options.clock());
      }
    });
    if (step === FINISH) this.options.onEnqueued();
    return this.stateOf(incident);
  }

  noteEvidence({ incident: id, person, sha256 }: Parameters<Responses['noteEvidence']>[0]): ResponseState {
    const { id: incident, site } = this.#find(id).incident;
    this.options.store.transaction((tx) => {
      const body = { site, incident, person, sha256 };
      tx.journal.append({ type: 'response-evidence', body }, this.options.clock());
    });
    return this.stateOf(incident);
  }

  #find(id: string): IncidentRecord {
    const found = /^[0-9a-f]{1,32}$/.test(id) ? this.options.store.incidents.find(id) : null;
    if (found === null)
      throw new IncidentError(
        'INCIDENT_UNKNOWN',
        'no incident has this id: copy it from the alert, or see those that are open with "tillwarden show"',
      );
    return found;
  }

  #siteOf(name: string): RespondedSite {
    const site = this.options.site(name);
    if (site !== null) return site;
    throw new IncidentError(
      'INCIDENT_SITE_GONE',
      `the site ${name} is not configured any more, so nobody can look whether a step is done: put it back into the configuration until the response is over`,
    );
  }

  #begin(tx: StoreTransaction, { site, incident, known }: ResponseState, person: string): void {
    const { runbook, digest } = known;
    const secrets = secretsNow(this.#siteOf(site), known);
    const body = { site, incident, person, runbook: runbook.name, digest, secrets };
    tx.journal.append({ type: 'response-begun', body }, this.options.clock());
  }

  #finish(tx: StoreTransaction, { site, incident, known, steps }: ResponseState, person: string): void {
    const atMs = this.options.clock();
    const idsOf = (bySight: boolean) =>
      steps.flatMap(({ step, sight }) => ((sight?.saw === 'done') === bySight ? [step.id] : []));
    const [seen, said] = [idsOf(true), idsOf(false)];
    const body = { site, incident, person, runbook: known.runbook.name, seen, said };
    tx.journal.append({ type: 'response-finished', body }, atMs);
    const context = {
      ...{ site, timeZone: this.#siteOf(site).timeZone, incident, canAcknowledge: false, observedAtMs: atMs },
      ...{ head: headOf(tx, site), definitions: new Map(), personal: new Map() },
    };
    const { do: doing } = known.runbook.finish;
    const alert = composeResponseFinished(context, { incident, person, doing, seen, said });
    enqueueNotice(tx, alert, { channels: this.options.channels(), atMs });
  }
}

/** The runbook that was begun, that was named, or the first that fits: of the product before any, by kind of what was found before all. */
function chosen(
  all: readonly KnownRunbook[],
  about: {
    readonly wanted: string | undefined;
    readonly begun: BegunResponse | null;
    readonly record: IncidentRecord;
    readonly product: Product | null;
  },
): KnownRunbook {
  const { wanted, begun, record, product } = about;
  const name = begun?.runbook ?? wanted;
  if (begun !== null && wanted !== undefined && wanted !== begun.runbook) {
    throw new IncidentError(
      'INCIDENT_RUNBOOK_OTHER',
      `the response follows the runbook ${begun.runbook} since it was begun; leave --runbook out`,
    );
  }
  if (name !== undefined) {
    const known = all.find(({ runbook }) => runbook.name === name);
    if (known !== undefined) return known;
    const names = all.map(({ runbook }) => runbook.name).join(', ');
    throw new IncidentError(
      'INCIDENT_RUNBOOK_UNKNOWN',
      `there is no runbook of that name; known are ${names}`,
    );
  }
  const found = new Set(
    [...record.open, ...record.ended].flatMap(({ subject }) => ('kind' in subject ? [subject.kind] : [])),
  );
  const fits = (one: KnownRunbook, own: boolean, byKind: boolean) =>
    (own ? one.runbook.product === product && product !== null : one.runbook.product === undefined) &&
    (byKind ? one.runbook.kinds?.some((kind) => found.has(kind)) === true : one.runbook.kinds === undefined);
  for (const [own, byKind] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    const known = all.find((one) => fits(one, own, byKind));
    if (known !== undefined) return known;
  }
  throw new IncidentError('INCIDENT_RUNBOOK_UNKNOWN', 'no runbook is for this; name one with --runbook');
}

/** Refuses what cannot be said now. */
function refuse(
  { begun, steps, known }: ResponseState,
  { step, done, person, runbook }: ResponseRequest,
): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/.test(person)) {
    throw new IncidentError('INCIDENT_PERSON_INVALID', 'the name of the person is needed');
  }
  if (begun?.finished != null) {
    throw new IncidentError(
      'INCIDENT_RESPONSE_OVER',
      `${begun.finished.person} said that it is over; what is new is another incident: use the response of that one`,
    );
  }
  if (begun !== null && begun.digest !== known.digest && runbook === undefined && step === FINISH) {
    throw new IncidentError(
      'INCIDENT_RUNBOOK_OTHER',
      `the runbook ${known.runbook.name} was changed since the response began: say it again with --runbook ${known.runbook.name}`,
    );
  }
  const left = steps.filter((one) => !one.done);
  if (step === FINISH) {
    if (!done)
      throw new IncidentError(
        'INCIDENT_STEP_UNKNOWN',
        'finish cannot be taken back: use the response of the incident that came since',
      );
    if (left.length === 0) return;
    throw new IncidentError(
      'INCIDENT_STEPS_LEFT',
      `${left.length} of ${steps.length} steps are left: ${left.map((one) => one.step.id).join(', ')}; do them first`,
    );
  }
  const found = steps.find((one) => one.step.id === step);
  if (found === undefined) {
    throw new IncidentError(
      'INCIDENT_STEP_UNKNOWN',
      `the runbook has no such step; name one of ${steps.map((one) => one.step.id).join(', ')} and ${FINISH}`,
    );
  }
  if (done && found.sight?.saw === 'contrary') {
    throw new IncidentError(
      'INCIDENT_STEP_CONTRARY',
      `tillwarden sees that it is not so: ${found.sight.words}; do it, and wait for the next look`,
    );
  }
}

/** Versions of the site that took effect since the incident was opened. */
function signedSince(store: Store, { incident }: IncidentRecord): readonly number[] {
  const versions: number[] = [];
  for (const { body } of allEntries(store, { type: 'baseline-in-force', sinceMs: incident.openedMs })) {
    const { site, version }: { site?: unknown; version?: unknown } = JSON.parse(body);
    if (site === incident.site && typeof version === 'number') versions.push(version);
  }
  return versions;
}

/** Before an incident was opened, in milliseconds: who broke in was there before something was found. */
const LOGS_BEFORE_MS = 3 * 86_400_000;

/** What was noted in logs of the site since some days before the incident. */
function notedLately(store: Store, { incident }: IncidentRecord): SiteFacts['noted'] {
  const sinceMs = incident.openedMs - LOGS_BEFORE_MS;
  const events = new Map<string, number>();
  for (const { body } of allEntries(store, { type: 'log-events', sinceMs })) {
    const written = notedSchema.safeParse(JSON.parse(body));
    if (written.data?.site !== incident.site) continue;
    for (const { event, count } of written.data.events) events.set(event, (events.get(event) ?? 0) + count);
  }
  return { sinceMs, events };
}

const notedSchema = z.object({
  site: z.string(),
  events: z.array(z.object({ event: z.string(), count: z.number() })),
});

/** Marks of the secrets that a step of the runbook asks about; null when they cannot be taken. */
function secretsNow(site: RespondedSite, { runbook }: KnownRunbook): readonly string[] | null {
  const kinds = new Set(
    runbook.steps.flatMap(({ see }) =>
      see !== undefined && 'secrets-moved' in see ? see['secrets-moved'] : [],
    ),
  );
  const { definitions, readings } = site.facts();
  const marks: string[] = [];
  for (const { name, kind } of definitions.values()) {
    if (!kinds.has(kind)) continue;
    const reading = readings.get(name);
    if (reading?.readable !== true || reading.unread !== undefined) return null;
    marks.push(...secretMarks(reading.snapshot));
    if (marks.length > MOST_SECRETS) return null;
  }
  return marks.sort();
}
