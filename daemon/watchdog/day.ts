import type { VerifiedTrust } from '../../baselines/index.js';
import type { Day } from '../alerts/digest.js';
import type { KnownSuppression } from '../policy/suppression-news.js';
import type { Store } from '../store/store.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { DaemonStatus } from './health.js';

export interface DayOptions {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly clock: () => number;
  readonly startedMs: number;
  readonly status: () => DaemonStatus;
  readonly trust: () => VerifiedTrust | null;
}

/** What the time since the last digest came to: from the store, and from counters that begin with the process. */
export class DayCount {
  readonly #options: DayOptions;
  /** What the counters stood at when the last digest of this process was sent. */
  #counted: { readonly sinceMs: number; readonly reads: number; readonly hints: number };

  constructor(options: DayOptions) {
    this.#options = options;
    this.#counted = { sinceMs: options.startedMs, reads: 0, hints: 0 };
  }

  async since(sinceMs: number): Promise<Day> {
    const { store, metrics, clock, status, trust } = this.#options;
    const [reads, hints] = await Promise.all([sumOf(metrics.reads), sumOf(metrics.hints)]);
    const { sites, channels, degraded } = status();
    const root = trust();
    return {
      nowMs: clock(),
      sinceMs,
      countedSinceMs: this.#counted.sinceMs,
      reads: reads - this.#counted.reads,
      hints: hints - this.#counted.hints,
      deliveries: store.deliveries.countSince(sinceMs),
      incidents: store.incidents.list({ unresolvedOnly: true }),
      baselines: sites.map(({ site, baseline }) => ({
        site,
        version: baseline?.version ?? null,
        expiresMs: baseline?.expiresMs ?? null,
      })),
      trust: root === null ? null : { version: root.version, expiresMs: root.expiresMs },
      outages: store.findings.outagesSince(sinceMs),
      suppressed: sites.flatMap(({ site }) =>
        store.suppressions.list(site).flatMap((one) => suppressedLine(site, one)),
      ),
      channels,
      degraded,
    };
  }

  /** That day was told: the next one counts from there. */
  told({ nowMs, reads, hints }: Day): void {
    const { reads: before, hints: heard } = this.#counted;
    this.#counted = { sinceMs: nowMs, reads: before + reads, hints: heard + hints };
  }
}

async function sumOf(counter: {
  get(): Promise<{ readonly values: readonly { readonly value: number }[] }>;
}): Promise<number> {
  const { values } = await counter.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

/** What people signed in advance and what still holds, for the digest. */
function suppressedLine(site: string, { id, signers, untilMs, state, covered }: KnownSuppression) {
  if (state === 'over' || state === 'withdrawn') return [];
  const label = id.startsWith('mute.') ? ('Muted' as const) : ('Expected' as const);
  const until = new Date(untilMs).toISOString();
  return [{ label, text: `${site}: ${id} by ${signers.join(', ')} until ${until}, ${covered} so far` }];
}
