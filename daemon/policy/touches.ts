import type { Kind, RecordLine } from '../../baselines/index.js';
import type { Severity } from '../../notifiers/index.js';
import type { TouchedRecords } from '../sources/source.js';
import { type SeverityRule, severityOf } from './severity.js';

/** Records of one collection that one look found written and as before. */
export interface Touch extends TouchedRecords {
  readonly collection: string;
  readonly kind: Kind;
  /** The source had said that something changed there. */
  readonly hinted: boolean;
  /** Other records of the collection were found changed, which the word of the source may have been about. */
  readonly besideChange: boolean;
}

/** What people are told of touches of one collection. */
export interface TouchNews extends Touch {
  readonly severity: Severity;
  /** It happens so often that nothing more of this collection is told until it was left alone for an hour. */
  readonly last: boolean;
}

/** Follows which collections are touched how often, and says what people are to be told. Times are UTC milliseconds. */
export interface TouchRegister {
  note(touches: readonly Touch[], nowMs: number): void;
  /** The source said that something changed in a collection, and the look found nothing in it: a read that came before its word saw what it was about. */
  hear(collection: string, nowMs: number): void;
  /** What may be told now; the same again until `told`. */
  news(nowMs: number): readonly TouchNews[];
  told(news: readonly TouchNews[], nowMs: number): void;
}

/** Kinds of which a change for seconds does harm. */
const TOLD: ReadonlySet<Kind> = new Set<Kind>([
  'admin',
  'wallet-route',
  'access-link',
  'permission',
  'terminal',
]);
/** How long nothing must have been touched without a word of the source before a touch says anything: who writes all the time writes on. */
const QUIET_MS = 600_000;
/** A word of the source may come so much later than the read that saw what it is about. */
const HEARD_LATE_MS = 2_000;
/** What comes within this of what was told is told together. */
const MERGE_MS = 5_000;
/** Told more often than this within the hour, a collection is written all the time. */
const MOST_AN_HOUR = 12;
const HOUR_MS = 3_600_000;
/** Records that stand in one telling; the rest is counted. */
const MOST_RECORDS = 100;

interface Habit {
  waiting: Touch | null;
  /** The last touch of which nothing was told because the source had not said a word. */
  unheard: { readonly touch: Touch; readonly atMs: number; readonly busyBeforeMs: number | null } | null;
  /** When it was last touched unheard, and by itself. */
  busyMs: number | null;
  touchedMs: number;
  toldMs: number[];
  silent: boolean;
}

/**
 * A write that leaves every value as it was is no news by itself: an application reports, or saves a form that nobody changed. Two sorts say
 * something: one of which the source had said that a watched value changed, and one where nothing is written otherwise. What is written beside a change
 * that is told anyway counts as well, unless it is written all the time. `startedMs`: from then on habits are known.
 */
export function createTouchRegister({
  rules,
  startedMs,
}: {
  readonly rules: readonly SeverityRule[];
  readonly startedMs: number;
}): TouchRegister {
  const habits = new Map<string, Habit>();
  const habitOf = (collection: string): Habit => {
    const known = habits.get(collection);
    if (known) return known;
    const fresh = {
      waiting: null,
      unheard: null,
      busyMs: null,
      touchedMs: startedMs,
      toldMs: [],
      silent: false,
    };
    habits.set(collection, fresh);
    return fresh;
  };

  return {
    note: (touches, nowMs) => {
      for (const touch of touches) {
        if (!TOLD.has(touch.kind)) continue;
        const habit = habitOf(touch.collection);
        if (nowMs - habit.touchedMs >= HOUR_MS) habit.silent = false;
        const isBusy = habit.busyMs !== null && nowMs - habit.busyMs < QUIET_MS;
        const isNews = touch.besideChange
          ? !isBusy
          : touch.hinted || (!isBusy && nowMs - startedMs >= QUIET_MS);
        habit.touchedMs = nowMs;
        const isUnheard = !isNews && !isBusy && !touch.hinted;
        habit.unheard = isUnheard ? { touch, atMs: nowMs, busyBeforeMs: habit.busyMs } : null;
        if (!touch.hinted && !touch.besideChange) habit.busyMs = nowMs;
        if (isNews && !habit.silent) habit.waiting = together(habit.waiting, touch);
      }
    },
    hear: (collection, nowMs) => {
      const habit = habits.get(collection);
      const unheard = habit?.unheard ?? null;
      if (habit === undefined || unheard === null || nowMs - unheard.atMs > HEARD_LATE_MS) return;
      habit.unheard = null;
      habit.busyMs = unheard.busyBeforeMs;
      if (!habit.silent) habit.waiting = together(habit.waiting, { ...unheard.touch, hinted: true });
    },
    news: (nowMs) =>
      [...habits.values()].flatMap((habit): TouchNews[] => {
        const { waiting } = habit;
        if (waiting === null) return [];
        const recent = withinTheHour(habit.toldMs, nowMs);
        if (nowMs - (recent.at(-1) ?? Number.NEGATIVE_INFINITY) < MERGE_MS) return [];
        return [
          { ...waiting, severity: severityOfTouch(rules, waiting), last: recent.length + 1 >= MOST_AN_HOUR },
        ];
      }),
    told: (news, nowMs) => {
      for (const { collection, last } of news) {
        const habit = habitOf(collection);
        habit.waiting = null;
        habit.silent = last;
        habit.toldMs = last ? [] : [...withinTheHour(habit.toldMs, nowMs), nowMs];
      }
    },
  };
}

/** Those of the hour before; what a clock that was set back has made of the future is forgotten. */
function withinTheHour(timesMs: readonly number[], nowMs: number): number[] {
  return timesMs.filter((one) => one <= nowMs && nowMs - one < HOUR_MS);
}

function together(before: Touch | null, { count, records, hinted, ...touch }: Touch): Touch {
  return {
    ...touch,
    hinted: hinted || before?.hinted === true,
    besideChange: touch.besideChange && before?.besideChange !== false,
    count: count + (before?.count ?? 0),
    records: distinct([...(before?.records ?? []), ...records]).slice(0, MOST_RECORDS),
  };
}

function distinct(records: readonly RecordLine[]): RecordLine[] {
  return [...new Map(records.map((record) => [record.key, record])).values()];
}

/** Nothing is known to have been changed, so it is never critical; unheard, it may as well be a form that was saved unchanged. */
function severityOfTouch(rules: readonly SeverityRule[], { kind, collection, hinted }: Touch): Severity {
  const { severity } = severityOf(rules, { kind, collection, fields: [null] });
  if (severity === 'critical' || severity === 'high') return hinted ? 'high' : 'medium';
  return severity;
}
