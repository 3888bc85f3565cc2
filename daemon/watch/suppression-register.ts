import type { CollectionSnapshot } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import {
  composeAnnouncedOver,
  composeMissed,
  composeSuppressionEnded,
  composeSuppressionInstalled,
} from '../alerts/suppression-alerts.js';
import type { SiteSuppressions } from '../approvals/active/suppressions.js';
import type { Channel } from '../channel.js';
import type { Condition } from '../finding.js';
import { enqueueNotice } from '../outbox/enqueue.js';
import { type EndedSuppressions, wakesNobody } from '../policy/suppress.js';
import { type KnownSuppression, type SuppressionNews, suppressionNews } from '../policy/suppression-news.js';
import type { CollectionReading } from '../sources/source.js';
import { suppressionEvent } from '../store/journal/approval.js';
import type { StoreReader, StoreTransaction } from '../store/store.js';

/** The suppressions of one site in the store: each is announced once, its end too, and what was withdrawn stays so. */
export interface SuppressionRegister {
  /** Those that came to an end once. */
  ended(): EndedSuppressions;
  /** What is new about them. */
  news(input: {
    readonly suppressions: SiteSuppressions;
    readonly readings: ReadonlyMap<string, CollectionReading>;
  }): readonly SuppressionNews[];
  /** Makes news durable, with what appeared and was suppressed, and enqueues and returns what people must be told. Part of the recorder's transaction. */
  record(
    tx: StoreTransaction,
    input: {
      readonly news: readonly SuppressionNews[];
      readonly appeared: readonly Condition[];
      readonly context: () => AlertContext;
    },
  ): readonly Alert[];
}

export function createSuppressionRegister(options: {
  readonly site: string;
  readonly store: Pick<StoreReader, 'suppressions'>;
  readonly channels: () => readonly Channel[];
  readonly clock: () => number;
}): SuppressionRegister {
  const { site, store, clock } = options;
  return {
    ended: () => {
      const known = store.suppressions.list(site);
      const digestsOf = (wanted: KnownSuppression['state']) =>
        new Set(known.flatMap(({ digest, state }) => (state === wanted ? [digest] : [])));
      return { over: digestsOf('over'), settled: digestsOf('settled') };
    },
    news: ({ suppressions, readings }) => {
      const known = store.suppressions.list(site);
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
    record: (tx, { news, appeared, context }) => {
      const atMs = clock();
      const alerts = news.flatMap((one) => recordNews(tx, one, { site, context, atMs }));
      // Most decisions are of nothing suppressed.
      const suppressed = appeared.some(({ subject }) => wakesNobody(subject));
      for (const [known, count] of suppressed ? coveredBy(tx.suppressions.list(site), appeared) : []) {
        tx.suppressions.save({ ...known, covered: known.covered + count });
      }
      for (const alert of alerts) enqueueNotice(tx, alert, { channels: options.channels(), atMs });
      return alerts;
    },
  };
}

/** Makes one piece of news durable; returns what people must be told. */
function recordNews(
  tx: StoreTransaction,
  news: SuppressionNews,
  {
    site,
    context,
    atMs,
  }: { readonly site: string; readonly context: () => AlertContext; readonly atMs: number },
): Alert[] {
  if (news.what === 'in-force') {
    const { suppression } = news;
    const { digest, id, type, signers, untilMs } = suppression;
    tx.suppressions.save({ digest, site, id, type, signers, untilMs, state: 'in-force', covered: 0 });
    tx.journal.append(suppressionEvent(site, suppression), atMs);
    return [composeSuppressionInstalled(context(), suppression)];
  }
  const { known } = news;
  const { id, digest, covered } = known;
  switch (news.what) {
    case 'withdrawn':
      tx.suppressions.save({ ...known, state: 'withdrawn' });
      tx.journal.append({ type: 'excuse-withdrawn', body: { site, id, digest } }, atMs);
      return [composeSuppressionEnded(context(), known, 'withdrawn')];
    case 'settled': {
      tx.suppressions.save({ ...known, state: 'settled' });
      const missing = news.missing.length;
      tx.journal.append({ type: 'expectation-settled', body: { site, id, digest, missing } }, atMs);
      return [
        ...(missing === 0 ? [] : [composeMissed(context(), news.suppression, news.missing)]),
        ...composeAnnouncedOver(context, news.suppression, covered),
      ];
    }
    case 'over':
      tx.suppressions.save({ ...known, state: 'over' });
      tx.journal.append({ type: 'excuse-over', body: { site, id, digest, covered } }, atMs);
      return covered === 0 ? [] : [composeSuppressionEnded(context(), known, 'over')];
  }
}

/** How many of the changes that appeared each suppression kept from waking people. */
function coveredBy(
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

function observedIn(
  readings: ReadonlyMap<string, CollectionReading>,
): ReadonlyMap<string, CollectionSnapshot> {
  return new Map(
    [...readings].flatMap(([name, reading]) => (reading.readable ? [[name, reading.snapshot] as const] : [])),
  );
}
