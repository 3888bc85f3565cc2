import type { VerifiedTrust } from '../../baselines/index.js';
import { composeTrustChanged } from '../alerts/announce.js';
import { trustNews } from '../alerts/trust-news.js';
import type { Announcer } from '../outbox/announcer.js';
import type { WatchedSite } from '../runtime/site.js';
import { StoreError } from '../store/errors.js';
import { trustRootEvent } from '../store/journal/approval.js';
import { rememberRoot } from '../store/remembered-root.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import { nextTurn } from '../time/turn.js';
import type { ErrorSink } from '../watchdog/defects.js';
import { announceEmptyStore } from '../watchdog/store-continuity.js';
import type { Approvals, ApprovalsTaker } from './active/active-baseline.js';
import type { Submissions } from './submissions.js';

/** The configuration in force and what it made, as far as the files of approval need it. */
export interface ApprovalAssembly {
  readonly config: { readonly api: object | null; readonly trust: { readonly root: string } };
  readonly sites: readonly Pick<WatchedSite, 'name' | 'prepare' | 'approve'>[];
  readApprovals(taker: ApprovalsTaker): Promise<Approvals>;
}

export interface ApprovalFilesOptions {
  readonly assembly: () => ApprovalAssembly;
  readonly store: Store;
  readonly announcer: Announcer;
  readonly submissions: Pick<Submissions, 'settleAll' | 'noticeAll'>;
  readonly onEnqueued: () => void;
  /** Everything is to be looked at again soon, beside the watching. */
  readonly onAgain: () => void;
  readonly clock: () => number;
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly caught: ErrorSink;
}

/** The files that carry people's approval, while the daemon runs. */
export class ApprovalFilesWatch {
  readonly #options: ApprovalFilesOptions;
  #trust: VerifiedTrust | null = null;
  #problem: string | null = null;
  #signedMs: number | null = null;

  constructor(options: ApprovalFilesOptions) {
    this.#options = options;
  }

  /** The active trust root; null while there is none. */
  trust(): VerifiedTrust | null {
    return this.#trust;
  }

  /** When people made the newest of what is in force, in UTC milliseconds; null when nothing is. */
  signedMs(): number | null {
    return this.#signedMs;
  }

  /** Why they could not be read last time, in our words; null when they could. */
  problem(): string | null {
    return this.#problem;
  }

  /** Reads them, and hands each site what it is compared with. Never rejects. */
  async look(): Promise<void> {
    const { log, caught } = this.#options;
    try {
      await this.#read();
      this.#problem = null;
    } catch (error) {
      this.#problem = 'the files of approval cannot be read';
      log.error({ err: error }, this.#problem);
      if (error instanceof StoreError) caught('reading the files of approval', error);
    }
  }

  async #read(): Promise<void> {
    const { assembly, store, announcer, submissions, log } = this.#options;
    const sites = new Map(assembly().sites.map((site) => [site.name, site]));
    const approvals = await assembly().readApprovals({
      trust: (trust) => this.#noteTrust(trust),
      site: async (name, own) => {
        const site = sites.get(name);
        await site?.prepare(own);
        site?.approve(own);
        // Each writes to the store, and those before it are being connected to meanwhile.
        await nextTurn();
      },
    });
    this.#signedMs = newestOf(approvals);
    announceEmptyStore(store, approvals, announcer.announce);
    // Without people who submit, the directory is not ours to write to.
    if (assembly().config.api !== null) await submissions.settleAll(log);
    await submissions.noticeAll(log);
    if (approvals.again) this.#options.onAgain();
  }

  /** Trust roots that take effect are remembered and told, one by one; the first one ever is what the configuration pins. */
  #noteTrust(next: VerifiedTrust | null): void {
    if (next === null) return;
    this.#trust = next;
    const { assembly, store, announcer, clock, onEnqueued } = this.#options;
    const pin = assembly().config.trust.root;
    const notified = store.transaction((tx) => {
      rememberRoot(tx.meta, pin, next);
      const known = tx.meta.get('trust');
      if (known !== next.digest) tx.meta.set('trust', next.digest);
      if (known === null) {
        for (const step of next.steps.slice(-1)) tx.journal.append(trustRootEvent(step, pin), clock());
      }
      const news = trustNews(known, next);
      for (const one of news) {
        announcer.notify(tx, trustRootEvent(one, pin), (context) => composeTrustChanged(context, one));
      }
      return news.length > 0;
    });
    if (notified) onEnqueued();
  }
}

function newestOf({ trust, sites }: Approvals): number | null {
  const times = [...sites.values()].flatMap(({ active }) =>
    active === null ? [] : [Date.parse(active.statement.created)],
  );
  return [...(trust === null ? [] : [trust.createdMs]), ...times].reduce<number | null>(
    (most, one) => (most === null || one > most ? one : most),
    null,
  );
}
