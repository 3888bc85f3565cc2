import { type Definition, parseRecordLine } from '../../baselines/index.js';
import { SEVERITIES, type Severity } from '../../notifiers/index.js';
import { mayDivertMoney } from '../drift/diverts.js';
import type { LogFault, LoggedChange, Writer } from '../sources/source.js';
import { costRank } from './cost.js';
import { isValue, type Transient } from './logged.js';
import type { RowTransient } from './logged-rows.js';
import { type SeverityRule, severityOf } from './severity.js';

/** What people are told of values that stood between two looks. */
export interface TransientNews {
  readonly definition: Definition;
  readonly severity: Severity;
  readonly log: string;
  /** How many there were. */
  readonly count: number;
  /** Some of them: those that paid elsewhere, then the first ones. */
  readonly transients: readonly Transient[];
}

/** What people are told of rows, out of which records are derived, that were otherwise between two looks. */
export interface RowNews {
  readonly source: string;
  /** As configured. */
  readonly table: string;
  /** Columns that tell its rows apart. */
  readonly key: readonly string[];
  /** Those that are derived from such rows, what can cost most first. */
  readonly collections: readonly Definition[];
  readonly severity: Severity;
  readonly log: string;
  readonly count: number;
  /** Some of them, the first ones. */
  readonly rows: readonly RowTransient[];
}

/** What people are told of a change log that is not whole. */
export interface FaultNews {
  readonly source: string;
  readonly log: string;
  readonly fault: LogFault;
  readonly count: number;
  /** Of entries that were let go, what was written there. */
  readonly bulk?: Bulk;
}

/** A great many entries between two looks, as far as they are told. */
export interface Bulk {
  /** As configured. */
  readonly tables: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /** The one that wrote all of them; null where there were several. */
  readonly transaction: string | null;
  /** Whoever wrote the first of them, and whether nobody else wrote any. */
  readonly by: Writer;
  readonly isOneWriter: boolean;
}

/** Entries of one table as a bulk; null of none. */
export function bulkOf(entries: readonly LoggedChange[]): Bulk | null {
  const [first] = entries;
  if (first === undefined) return null;
  const whole = (entry: LoggedChange) => JSON.stringify(entry.by);
  const writer = whole(first);
  return {
    tables: [first.table],
    fromMs: entries.reduce((least, { atMs }) => Math.min(least, atMs), first.atMs),
    toMs: entries.reduce((most, { atMs }) => Math.max(most, atMs), first.atMs),
    transaction: entries.every(({ transaction }) => transaction === first.transaction)
      ? first.transaction
      : null,
    by: first.by,
    isOneWriter: entries.every((entry) => whole(entry) === writer),
  };
}

/** Two of them, told together. */
export function bothBulks(before: Bulk | undefined, bulk: Bulk | undefined): Bulk | undefined {
  if (before === undefined || bulk === undefined) return before ?? bulk;
  return {
    tables: [...new Set([...before.tables, ...bulk.tables])],
    fromMs: Math.min(before.fromMs, bulk.fromMs),
    toMs: Math.max(before.toMs, bulk.toMs),
    transaction: before.transaction === bulk.transaction ? bulk.transaction : null,
    by: before.by,
    isOneWriter:
      before.isOneWriter && bulk.isOneWriter && JSON.stringify(before.by) === JSON.stringify(bulk.by),
  };
}

export interface LogNews {
  readonly transients: readonly TransientNews[];
  readonly rows: readonly RowNews[];
  readonly faults: readonly FaultNews[];
}

/** Follows what is to be told of a change log. Times are UTC milliseconds. */
export interface LogRegister {
  noteTransients(definition: Definition, log: string, transients: readonly Transient[]): void;
  /** `key`: columns that tell the rows apart. */
  noteRows(
    of: { readonly source: string; readonly table: string; readonly key: readonly string[] },
    log: string,
    rows: readonly RowTransient[],
  ): void;
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

/** Whoever writes many harmless values must not push the one that paid elsewhere out of what is told. */
function mostTold(definition: Definition, transients: readonly Transient[]): readonly Transient[] {
  if (transients.length <= MOST_TOLD) return transients;
  const paid = transients.filter((one) => paidElsewhere(definition, one));
  const known = new Set(paid);
  return [...paid, ...transients.filter((one) => !known.has(one))].slice(0, MOST_TOLD);
}

/** Also where nobody can say what stood there, for a route that was there in between alone, and where a json value was another. */
function paidElsewhere({ kind, destination }: Definition, { base, change: { after } }: Transient): boolean {
  if (kind !== 'wallet-route' || after === null) return false;
  if (after === undefined || base === null) return true;
  return [...parseRecordLine(base.line).fields].some(([field, before]) => {
    const text = after.get(field);
    if (text === undefined || isValue(before, text)) return false;
    return mayDivertMoney({ field, before, after: text }, destination);
  });
}

interface Waiting<News> {
  news: News | null;
  toldMs: number[];
}

function mayTell({ toldMs }: Waiting<unknown>, nowMs: number): boolean {
  const recent = toldMs.filter((one) => one <= nowMs && nowMs - one < HOUR_MS);
  const pause = recent.length >= MOST_AN_HOUR ? MERGE_OFTEN_MS : MERGE_MS;
  return nowMs - (recent.at(-1) ?? Number.NEGATIVE_INFINITY) >= pause;
}

/** What waits to be told, each by the name of what it is about. */
class Waitings<News> {
  readonly #byName = new Map<string, Waiting<News>>();

  /** `join`: what is told with what waits already. */
  note(name: string, join: (before: News | null) => News): void {
    const waiting = this.#byName.get(name) ?? { news: null, toldMs: [] };
    this.#byName.set(name, waiting);
    waiting.news = join(waiting.news);
  }

  ready(nowMs: number): News[] {
    return [...this.#byName.values()].flatMap((one) =>
      one.news !== null && mayTell(one, nowMs) ? [one.news] : [],
    );
  }

  told(news: readonly News[], nowMs: number): void {
    for (const waiting of this.#byName.values()) {
      if (waiting.news === null || !news.includes(waiting.news)) continue;
      waiting.news = null;
      waiting.toldMs = [...waiting.toldMs.filter((one) => nowMs - one < HOUR_MS), nowMs];
    }
  }
}

export function createLogRegister(rules: readonly SeverityRule[]): LogRegister {
  const collections = new Waitings<TransientNews>();
  const tables = new Waitings<RowNews>();
  const faults = new Waitings<FaultNews>();
  const severityFor = ({ kind, name }: Definition): Severity =>
    severityOf(rules, { kind, collection: name, fields: [null] }).severity;
  return {
    noteTransients: (definition, log, transients) => {
      if (transients.length === 0) return;
      collections.note(definition.name, (before) => ({
        ...{ definition, severity: severityFor(definition), log },
        count: (before?.count ?? 0) + transients.length,
        transients: mostTold(definition, [...(before?.transients ?? []), ...transients]),
      }));
    },
    noteRows: (of, log, rows) => {
      if (rows.length === 0) return;
      tables.note(JSON.stringify([of.source, of.table]), (before) => {
        const concerned = new Set([
          ...(before?.collections ?? []),
          ...rows.flatMap((row) => row.collections),
        ]);
        const all = [...concerned].sort((a, b) => costRank(a.kind) - costRank(b.kind));
        const ranks = all.map((one) => SEVERITIES.indexOf(severityFor(one)));
        return {
          ...{ ...of, collections: all, log, severity: SEVERITIES[Math.min(...ranks)] ?? 'critical' },
          count: (before?.count ?? 0) + rows.length,
          rows: [...(before?.rows ?? []), ...rows].slice(0, MOST_TOLD),
        };
      });
    },
    noteFault: (news) => {
      const { source, log, fault, count } = news;
      faults.note(JSON.stringify([source, log, fault]), (before) => {
        const bulk = bothBulks(before?.bulk, news.bulk);
        return { ...news, count: (before?.count ?? 0) + count, ...(bulk === undefined ? {} : { bulk }) };
      });
    },
    news: (nowMs) => ({
      transients: collections.ready(nowMs),
      rows: tables.ready(nowMs),
      faults: faults.ready(nowMs),
    }),
    told: (news, nowMs) => {
      faults.told(news.faults, nowMs);
      collections.told(news.transients, nowMs);
      tables.told(news.rows, nowMs);
    },
  };
}
