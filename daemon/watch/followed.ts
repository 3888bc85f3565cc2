import type { CollectionSnapshot } from '../../baselines/index.js';
import type { Condition } from '../finding.js';
import { Indicators } from '../indicators/matcher.js';
import type { LogEvent } from '../logs/event.js';
import { logConditions } from '../policy/evidence/log-conditions.js';
import type { Activity, FollowedLogs, Source } from '../sources/source.js';

/** The followed logs of a site: what they said lately, and whom they name when another source sees a change. */
export class Followed {
  readonly #site: string;
  readonly #sources: () => readonly Source[];
  #indicators: Indicators;
  readonly #logs = new Map<string, FollowedLogs>();

  constructor(options: {
    readonly site: string;
    readonly sources?: () => readonly Source[];
    readonly indicators?: Indicators;
  }) {
    this.#site = options.site;
    this.#sources = options.sources ?? (() => []);
    this.#indicators = options.indicators ?? new Indicators([]);
  }

  indicate(next: Indicators): void {
    this.#indicators = next;
  }

  /** Of two readings that overtook each other the later counts: it has what the other has. */
  take(source: string, logs: FollowedLogs | undefined): void {
    if (logs === undefined) return;
    if (logs.sequence > (this.#logs.get(source)?.sequence ?? 0)) this.#logs.set(source, logs);
  }

  /** By source, with what is not written down yet. */
  readings(): ReadonlyMap<string, FollowedLogs> {
    return this.#logs;
  }

  /** What is written down is not written down again by the decisions that other sources bring about. */
  recorded(): void {
    for (const [source, logs] of this.#logs) {
      if (!logs.isNew) continue;
      logs.recorded();
      this.#logs.set(source, { ...logs, found: [], isNew: false });
    }
  }

  /** What was said lately, each source by itself, oldest first. */
  events(): readonly LogEvent[] {
    return [...this.#logs.values()].flatMap(({ memory }) => memory.events);
  }

  conditions(nowMs: number): readonly Condition[] {
    return logConditions(this.#site, this.events(), this.#indicators, nowMs);
  }

  /** Who was active when a source saw something new, by its own account and by what logs name; null where nobody can say. */
  async whoAt(source: Source, changed: readonly CollectionSnapshot[]): Promise<Activity | null> {
    // A log that is written to is no change, and one that is gone names nobody.
    if (changed.length === 0 || source.tellsOfOthers === true) return null;
    const others = this.#sources().filter((one) => one !== source && one.tellsOfOthers === true);
    const answers: Activity[] = [];
    for (const one of [source, ...others]) {
      // What was written just now stands beside what it may have brought about.
      if (one.tellsOfOthers === true) this.take(one.name, (await one.read()).followed);
      const answer = await one.activity?.();
      if (answer !== null && answer !== undefined) answers.push(answer);
    }
    // Nobody by one account may be somebody by another.
    return answers.find(({ users }) => users.length > 0) ?? answers[0] ?? null;
  }
}
