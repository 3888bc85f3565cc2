import type { Definition } from '../../baselines/index.js';
import type { Severity } from '../../notifiers/index.js';
import type { LogFault } from '../sources/source.js';
import type { Transient } from './logged.js';
import { type SeverityRule, severityOf } from './severity.js';

/** What people are told of values that stood between two looks. */
export interface TransientNews {
  readonly definition: Definition;
  readonly severity: Severity;
  readonly log: string;
  /** How many there were. */
  readonly count: number;
  /** Some of them, the first ones. */
  readonly transients: readonly Transient[];
}

/** What people are told of a change log that is not whole. */
export interface FaultNews {
  readonly source: string;
  readonly log: string;
  readonly fault: LogFault;
  readonly count: number;
}

export interface LogNews {
  readonly transients: readonly TransientNews[];
  readonly faults: readonly FaultNews[];
}

/** Follows what is to be told of a change log. Times are UTC milliseconds. */
export interface LogRegister {
  noteTransients(definition: Definition, log: string, transients: readonly Transient[]): void;
  noteFault(fault: FaultNews): void;
  /** What may be told now; the same again until `told`. */
  news(nowMs: number): LogNews;
  told(news: LogNews, nowMs: number): void;
}

/** What comes within this of what was told is told together. */
const MERGE_MS = 5_000;
/** Told more often than this within the hour, a collection is told of less often, and never not at all. */
const MOST_AN_HOUR = 12;
const MERGE_OFTEN_MS = 300_000;
const HOUR_MS = 3_600_000;
/** Transients that stand in one telling; the rest is counted. */
const MOST_TOLD = 12;

interface Waiting {
  news: TransientNews | null;
  toldMs: number[];
}

export function createLogRegister(rules: readonly SeverityRule[]): LogRegister {
  const collections = new Map<string, Waiting>();
  let faults: readonly FaultNews[] = [];
  const mayTell = ({ toldMs }: Waiting, nowMs: number): boolean => {
    const recent = toldMs.filter((one) => one <= nowMs && nowMs - one < HOUR_MS);
    const pause = recent.length >= MOST_AN_HOUR ? MERGE_OFTEN_MS : MERGE_MS;
    return nowMs - (recent.at(-1) ?? Number.NEGATIVE_INFINITY) >= pause;
  };
  return {
    noteTransients: (definition, log, transients) => {
      if (transients.length === 0) return;
      const { name, kind } = definition;
      const waiting = collections.get(name) ?? { news: null, toldMs: [] };
      collections.set(name, waiting);
      const before = waiting.news?.transients ?? [];
      const { severity } = severityOf(rules, { kind, collection: name, fields: [null] });
      waiting.news = {
        ...{ definition, severity, log },
        count: (waiting.news?.count ?? 0) + transients.length,
        transients: [...before, ...transients].slice(0, MOST_TOLD),
      };
    },
    noteFault: (fault) => {
      faults = [...faults, fault];
    },
    news: (nowMs) => ({
      transients: [...collections.values()].flatMap((one) =>
        one.news !== null && mayTell(one, nowMs) ? [one.news] : [],
      ),
      faults,
    }),
    told: (news, nowMs) => {
      faults = faults.filter((one) => !news.faults.includes(one));
      for (const { definition } of news.transients) {
        const waiting = collections.get(definition.name);
        if (waiting === undefined) continue;
        waiting.news = null;
        waiting.toldMs = [...waiting.toldMs.filter((one) => nowMs - one < HOUR_MS), nowMs];
      }
    },
  };
}
