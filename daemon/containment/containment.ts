import * as z from 'zod';
import { sha256Hex } from '../../baselines/index.js';
import {
  type Contained,
  composeContained,
  composeContainmentEnded,
  type EndedAction,
} from '../alerts/announce-containment.js';
import type { Channel } from '../channel.js';
import type { ContainmentAction, ContainmentConfig } from '../config/containment.js';
import type { Finding } from '../finding.js';
import { enqueueNotice } from '../outbox/enqueue.js';
import { concernedBy, containmentRefusal } from '../policy/containment/decide.js';
import type { ContainmentRefusal } from '../policy/containment/rule.js';
import { headOf } from '../store/head.js';
import { allEntries } from '../store/journal/chain.js';
import type { JournalEvent } from '../store/journal/event.js';
import type { Store } from '../store/store.js';
import { actionInput } from './action-input.js';
import { isBraked } from './brake.js';
import type { ActionResult } from './perform.js';

/** A site as containment needs it. */
export interface ContainedSite {
  readonly timeZone: string;
  readonly baseline: number | null;
}

export interface ContainmentOptions {
  readonly store: Store;
  /** Null: off. */
  readonly config: () => ContainmentConfig | null;
  readonly site: (name: string) => ContainedSite | null;
  readonly channels: () => readonly Channel[];
  readonly onEnqueued: () => void;
  readonly clock: () => number;
  readonly perform: (
    action: ContainmentAction,
    given: { readonly input: string; readonly findings: readonly Finding[] },
  ) => Promise<ActionResult>;
  readonly onError: (error: unknown) => void;
}

const endedSchema = z.object({ incident: z.string(), action: z.string() });
const decidedSchema = z.object({
  site: z.string(),
  incident: z.string(),
  action: z.string(),
  outcome: z.string(),
});

/**
 * Does what operators' rules say when something is found, at most once for each incident and rule: the decision is in the journal before anything is
 * done, so that no crash does it twice. What was refused once for an incident stays refused: people know by then, and why.
 */
export class Containment {
  /** `incident action`; null until the journal was read. */
  #decided: Set<string> | null = null;
  /** When something was done and for which incident, by site. */
  readonly #done = new Map<string, { readonly incident: string; readonly atMs: number }[]>();
  /** When a refusal was last told, by site and reason: a flood of incidents is no flood of messages. */
  readonly #told = new Map<string, number>();
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly options: ContainmentOptions) {}

  /** Tells of what the daemon before this one was stopped in the middle of: nothing else may happen for long that is recorded. Never throws. */
  start(): void {
    try {
      if (this.options.config() !== null) this.#known();
    } catch (error) {
      this.options.onError(error);
    }
  }

  /** Something was recorded. Cheap where nothing is new; never throws. */
  look(): void {
    try {
      const config = this.options.config();
      if (config === null) return;
      for (const { id, site } of this.options.store.incidents.list({ unresolvedOnly: true })) {
        for (const action of config.actions) this.#consider(config, action, { incident: id, site });
      }
    } catch (error) {
      this.options.onError(error);
    }
  }

  /** Resolves when what was begun has ended. */
  idle(): Promise<void> {
    return this.#running;
  }

  #consider(
    config: ContainmentConfig,
    action: ContainmentAction,
    about: { readonly incident: string; readonly site: string },
  ): void {
    const decided = this.#known();
    const name = `${about.incident} ${action.name}`;
    const watched = this.options.site(about.site);
    if (decided.has(name) || watched === null || action.sites?.includes(about.site) === false) return;
    const findings = concernedBy(action, this.options.store.findings.openOf(about.incident));
    if (findings.length === 0) return;
    const nowMs = this.options.clock();
    const refusal = containmentRefusal(config, {
      isBraked: isBraked(config.brakeFile),
      open: this.options.store.findings.open(about.site),
      hasBaseline: watched.baseline !== null,
      incident: about.incident,
      done: this.#done.get(about.site) ?? [],
      nowMs,
    });
    const input = actionInput(action, { ...about, findings });
    const contained = { ...about, action, refusal, findings, brakeFile: config.brakeFile };
    this.#record(decidedEvent(contained, input), contained, watched.timeZone);
    decided.add(name);
    if (refusal !== null) return;
    this.#note(about, nowMs);
    // What a dry run in SQL would change, only the database can say.
    if (!action.dryRun || action.sql !== undefined) this.#begin(action, about, { input, findings });
  }

  /** What the journal knows, read once: a restart does nothing again. */
  #known(): Set<string> {
    if (this.#decided !== null) return this.#decided;
    const decided = new Set<string>();
    const begun = new Map<
      string,
      { readonly site: string; readonly incident: string; readonly action: string }
    >();
    for (const { body, atMs } of allEntries(this.options.store, { type: 'containment-decided' })) {
      const { site, incident, action, outcome } = decidedSchema.parse(JSON.parse(body));
      decided.add(`${incident} ${action}`);
      if (outcome !== 'refused') this.#note({ site, incident }, atMs);
      if (outcome === 'begun') begun.set(`${incident} ${action}`, { site, incident, action });
    }
    for (const { body } of allEntries(this.options.store, { type: 'containment-ended' })) {
      const { incident, action } = endedSchema.parse(JSON.parse(body));
      begun.delete(`${incident} ${action}`);
    }
    this.#decided = decided;
    for (const one of begun.values())
      this.#end({ ...one, dryRun: false }, { result: 'failed', code: 'STOPPED' });
    return decided;
  }

  #note({ site, incident }: { readonly site: string; readonly incident: string }, atMs: number): void {
    this.#done.set(site, [...(this.#done.get(site) ?? []).slice(-200), { incident, atMs }]);
  }

  /** One after the other: two programs of an operator need not expect each other. The hand brake may be drawn while one waits. */
  #begin(
    action: ContainmentAction,
    { site, incident }: { readonly site: string; readonly incident: string },
    given: { readonly input: string; readonly findings: readonly Finding[] },
  ): void {
    const about = { site, incident, action: action.name, dryRun: action.dryRun };
    this.#running = this.#running
      .then(async () => {
        const config = this.options.config();
        const isStopped = config === null || isBraked(config.brakeFile);
        this.#end(
          about,
          isStopped ? { result: 'not-done', code: 'BRAKE' } : await this.#perform(action, given),
        );
      })
      .catch((error) => this.options.onError(error));
  }

  /** That it is being done was told: whatever a mistake of ours makes of it has an end that is told too. */
  async #perform(
    action: ContainmentAction,
    given: { readonly input: string; readonly findings: readonly Finding[] },
  ): Promise<ActionResult> {
    try {
      return await this.options.perform(action, given);
    } catch (error) {
      this.options.onError(error);
      return { result: 'failed', code: 'INTERNAL' };
    }
  }

  /** Also of what this daemon was stopped in the middle of: nobody knows how much of it was done. */
  #end(about: EndedAction, ended: ActionResult): void {
    const { site } = about;
    const { result, code, rows = null, detail = null } = ended;
    const timeZone = this.options.site(site)?.timeZone ?? 'UTC';
    const body = { ...about, result, code, rows, detail };
    this.#write({ type: 'containment-ended', body }, site, (context) =>
      composeContainmentEnded({ ...context, timeZone }, about, ended),
    );
  }

  #record(event: JournalEvent, contained: Contained, timeZone: string): void {
    const { site, refusal } = contained;
    const told = refusal !== null && this.#toldLately(site, refusal);
    this.#write(
      event,
      site,
      told ? null : (context) => composeContained({ ...context, timeZone }, contained),
    );
  }

  #toldLately(site: string, refusal: ContainmentRefusal): boolean {
    const name = `${site} ${refusal}`;
    const nowMs = this.options.clock();
    const lastMs = this.#told.get(name);
    const isLately = lastMs !== undefined && nowMs - lastMs < (this.options.config()?.coolDownMs ?? 0);
    if (!isLately) this.#told.set(name, nowMs);
    return isLately;
  }

  #write(
    event: JournalEvent,
    site: string,
    compose:
      | ((context: Parameters<typeof composeContained>[0]) => ReturnType<typeof composeContained>)
      | null,
  ): void {
    const { store, clock, channels, onEnqueued } = this.options;
    const atMs = clock();
    store.transaction((tx) => {
      tx.journal.append(event, atMs);
      if (compose === null) return;
      const context = {
        ...{ site, timeZone: 'UTC', incident: null, canAcknowledge: false, observedAtMs: atMs },
        ...{ head: headOf(tx, site), definitions: new Map(), personal: new Map() },
      };
      enqueueNotice(tx, compose(context), { channels: channels(), atMs });
    });
    if (compose !== null) onEnqueued();
  }
}

function decidedEvent({ site, incident, action, refusal, findings }: Contained, input: string): JournalEvent {
  return {
    type: 'containment-decided',
    body: {
      ...{ site, incident, action: action.name, because: refusal },
      kind: action.sql !== undefined ? 'sql' : action.http !== undefined ? 'http' : 'command',
      outcome: refusal !== null ? 'refused' : action.dryRun ? 'dry-run' : 'begun',
      ...{ input: sha256Hex(input), findings: findings.length },
    },
  };
}
