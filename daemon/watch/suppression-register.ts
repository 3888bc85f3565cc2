import type { CollectionSnapshot } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import {
  composeMissed,
  composeSuppressionEnded,
  composeSuppressionInstalled,
} from '../alerts/suppression-alerts.js';
import type { SiteSuppressions } from '../approvals/active/suppressions.js';
import type { Condition } from '../finding.js';
import { wakesNobody } from '../policy/suppress.js';
import { type KnownSuppression, type SuppressionNews, suppressionNews } from '../policy/suppression-news.js';
import type { CollectionReading } from '../sources/source.js';
import type { StoreReader, StoreTransaction } from '../store/store.js';

/** Keeps the excuses of one site in the store: each is announced once, its end too, and what was withdrawn stays so. */
export interface SuppressionRegister {
  /** Digests of those whose time was over once. */
  over(): ReadonlySet<string>;
  /** What is new about them. */
  news(input: {
    readonly suppressions: SiteSuppressions;
    readonly readings: ReadonlyMap<string, CollectionReading>;
  }): readonly SuppressionNews[];
  /** Makes news durable, with what appeared and was excused; returns what people must be told. Part of the recorder's transaction. */
  record(
    tx: StoreTransaction,
    news: readonly SuppressionNews[],
    appeared: readonly Condition[],
    context: () => AlertContext,
  ): Alert[];
}

export function createSuppressionRegister(options: {
  readonly site: string;
  readonly store: StoreReader;
  readonly clock: () => number;
}): SuppressionRegister {
  const { site, store, clock } = options;

  function recordOne(tx: StoreTransaction, news: SuppressionNews, context: () => AlertContext): Alert[] {
    const nowMs = clock();
    if (news.what === 'in-force') {
      const { suppression } = news;
      const { digest, id, signers, fromMs, untilMs } = suppression;
      tx.saveSuppression({ digest, site, id, signers, untilMs, state: 'in-force', covered: 0 });
      tx.journal('excuse-in-force', { site, id, digest, signers, fromMs, untilMs, ...scopeOf(news) }, nowMs);
      return [composeSuppressionInstalled(context(), suppression)];
    }
    const { known } = news;
    const { id, digest, covered } = known;
    switch (news.what) {
      case 'withdrawn':
        tx.saveSuppression({ ...known, state: 'withdrawn' });
        tx.journal('excuse-withdrawn', { site, id, digest }, nowMs);
        return [composeSuppressionEnded(context(), known, 'withdrawn')];
      case 'settled':
        tx.saveSuppression({ ...known, state: 'settled' });
        tx.journal('expectation-settled', { site, id, digest, missing: news.missing.length }, nowMs);
        return news.missing.length === 0 ? [] : [composeMissed(context(), news.suppression, news.missing)];
      case 'over':
        tx.saveSuppression({ ...known, state: 'over' });
        tx.journal('excuse-over', { site, id, digest, covered }, nowMs);
        return covered === 0 ? [] : [composeSuppressionEnded(context(), known, 'over')];
    }
  }

  return {
    over: () =>
      new Set(store.suppressions(site).flatMap(({ digest, state }) => (state === 'over' ? [digest] : []))),
    news: ({ suppressions, readings }) => {
      const known = store.suppressions(site);
      if (known.length === 0 && suppressions.active.length === 0) return [];
      const { active, present } = suppressions;
      return suppressionNews({
        suppressions: active,
        present,
        known,
        observed: observedIn(readings),
        nowMs: clock(),
      });
    },
    record: (tx, news, appeared, context) => {
      const alerts = news.flatMap((one) => recordOne(tx, one, context));
      for (const [known, count] of covered(store.suppressions(site), appeared)) {
        tx.saveSuppression({ ...known, covered: known.covered + count });
      }
      return alerts;
    },
  };
}

/** How many of the changes that appeared each excuse kept from waking people. */
function covered(
  known: readonly KnownSuppression[],
  appeared: readonly Condition[],
): ReadonlyMap<KnownSuppression, number> {
  const counts = new Map<KnownSuppression, number>();
  for (const { subject } of appeared) {
    const by = wakesNobody(subject) ? known.find(({ id }) => id === subject.suppression.id) : undefined;
    if (by) counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  return counts;
}

function scopeOf({ suppression }: Extract<SuppressionNews, { what: 'in-force' }>): object {
  if (suppression.type === 'expectation') return { changes: suppression.expectation.changes.length };
  const { scope } = suppression.mute;
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
