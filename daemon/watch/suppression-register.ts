import type { CollectionSnapshot } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import { composeExcuseEnded, composeExcuseInstalled, composeMissed } from '../alerts/suppression-alerts.js';
import type { SiteExcuses } from '../approvals/active/suppressions.js';
import type { Condition } from '../finding.js';
import { wakesNobody } from '../policy/suppress.js';
import { type ExcuseNews, excuseNews, type KnownExcuse } from '../policy/suppression-news.js';
import type { CollectionReading } from '../sources/source.js';
import type { StoreReader, StoreTransaction } from '../store/store.js';

/** Keeps the excuses of one site in the store: each is announced once, its end too, and what was withdrawn stays so. */
export interface ExcuseRegister {
  /** Digests of those whose time was over once. */
  over(): ReadonlySet<string>;
  /** What is new about them. */
  news(input: {
    readonly excuses: SiteExcuses;
    readonly readings: ReadonlyMap<string, CollectionReading>;
  }): readonly ExcuseNews[];
  /** Makes news durable, with what appeared and was excused; returns what people must be told. Part of the recorder's transaction. */
  record(
    tx: StoreTransaction,
    news: readonly ExcuseNews[],
    appeared: readonly Condition[],
    context: () => AlertContext,
  ): Alert[];
}

export function createExcuseRegister(options: {
  readonly site: string;
  readonly store: StoreReader;
  readonly clock: () => number;
}): ExcuseRegister {
  const { site, store, clock } = options;

  function recordOne(tx: StoreTransaction, news: ExcuseNews, context: () => AlertContext): Alert[] {
    const nowMs = clock();
    if (news.what === 'in-force') {
      const { excuse } = news;
      const { digest, id, signers, fromMs, untilMs } = excuse;
      tx.saveExcuse({ digest, site, id, signers, untilMs, state: 'in-force', covered: 0 });
      tx.journal('excuse-in-force', { site, id, digest, signers, fromMs, untilMs, ...scopeOf(news) }, nowMs);
      return [composeExcuseInstalled(context(), excuse)];
    }
    const { known } = news;
    const { id, digest, covered } = known;
    switch (news.what) {
      case 'withdrawn':
        tx.saveExcuse({ ...known, state: 'withdrawn' });
        tx.journal('excuse-withdrawn', { site, id, digest }, nowMs);
        return [composeExcuseEnded(context(), known, 'withdrawn')];
      case 'settled':
        tx.saveExcuse({ ...known, state: 'settled' });
        tx.journal('expectation-settled', { site, id, digest, missing: news.missing.length }, nowMs);
        return news.missing.length === 0 ? [] : [composeMissed(context(), news.excuse, news.missing)];
      case 'over':
        tx.saveExcuse({ ...known, state: 'over' });
        tx.journal('excuse-over', { site, id, digest, covered }, nowMs);
        return covered === 0 ? [] : [composeExcuseEnded(context(), known, 'over')];
    }
  }

  return {
    over: () =>
      new Set(store.excuses(site).flatMap(({ digest, state }) => (state === 'over' ? [digest] : []))),
    news: ({ excuses, readings }) => {
      const known = store.excuses(site);
      if (known.length === 0 && excuses.inForce.length === 0) return [];
      const { inForce, present } = excuses;
      return excuseNews({ excuses: inForce, present, known, observed: observedIn(readings), nowMs: clock() });
    },
    record: (tx, news, appeared, context) => {
      const alerts = news.flatMap((one) => recordOne(tx, one, context));
      for (const [known, count] of covered(store.excuses(site), appeared)) {
        tx.saveExcuse({ ...known, covered: known.covered + count });
      }
      return alerts;
    },
  };
}

/** How many of the changes that appeared each excuse kept from waking people. */
function covered(
  known: readonly KnownExcuse[],
  appeared: readonly Condition[],
): ReadonlyMap<KnownExcuse, number> {
  const counts = new Map<KnownExcuse, number>();
  for (const { subject } of appeared) {
    const by = wakesNobody(subject) ? known.find(({ id }) => id === subject.excuse.id) : undefined;
    if (by) counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  return counts;
}

function scopeOf({ excuse }: Extract<ExcuseNews, { what: 'in-force' }>): object {
  if (excuse.type === 'expectation') return { changes: excuse.expectation.changes.length };
  const { scope } = excuse.mute;
  return 'kind' in scope
    ? { kind: scope.kind }
    : { collection: scope.collection, wholeCollection: scope.key === null };
}

function observedIn(
  readings: ReadonlyMap<string, CollectionReading>,
): ReadonlyMap<string, CollectionSnapshot> {
  return new Map(
    [...readings].flatMap(([name, reading]) => (reading.readable ? [[name, reading.snapshot] as const] : [])),
  );
}
