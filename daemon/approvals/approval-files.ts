import type { VerifiedTrust } from '../../baselines/index.js';
import { composeTrustChanged } from '../alerts/announce.js';
import { trustNews } from '../alerts/trust-news.js';
import type { Announcer } from '../outbox/announcer.js';
import type { Assembly } from '../runtime/assembly.js';
import { trustRootEvent } from '../store/journal/approval.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import { announceEmptyStore } from '../watchdog/store-continuity.js';
import type { Submissions } from './submissions.js';

/** The files that carry people's approval, while the daemon runs. */
export interface ApprovalFilesWatch {
  /** Reads them, and hands each site what it is compared with. Never rejects. */
  look(): Promise<void>;
  /** The trust root in force; null while there is none. */
  trust(): VerifiedTrust | null;
  /** Why they could not be read last time, in our words; null when they could. */
  problem(): string | null;
}

export function createApprovalFiles(options: {
  readonly assembly: () => Assembly;
  readonly store: Store;
  readonly announcer: Announcer;
  readonly submissions: Submissions;
  readonly onEnqueued: () => void;
  readonly clock: () => number;
  readonly log: Log;
}): ApprovalFilesWatch {
  const { assembly, store, announcer, log } = options;
  let trust: VerifiedTrust | null = null;
  let problem: string | null = null;

  async function look(): Promise<void> {
    try {
      const approvals = await assembly().readApprovals();
      problem = null;
      noteTrust(approvals.trust);
      announceEmptyStore(store, approvals, announcer.announce);
      for (const site of assembly().sites) {
        const own = approvals.sites.get(site.name);
        if (own) site.approve(own);
      }
      // Without people who submit, the directory is not ours to write to.
      if (assembly().config.api !== null) await options.submissions.settleAll(log);
    } catch (error) {
      problem = 'the files of approval cannot be read';
      log.error({ err: error }, problem);
    }
  }

  /** Trust roots that take effect are remembered and told, one by one; the first one ever is what the configuration pins. */
  function noteTrust(next: VerifiedTrust | null): void {
    trust = next ?? trust;
    if (next === null) return;
    const told = store.transaction((tx) => {
      const known = tx.meta.get('trust');
      if (known !== next.digest) tx.meta.set('trust', next.digest);
      if (known === null) {
        for (const step of next.steps.slice(-1)) tx.journal.append(trustRootEvent(step), options.clock());
      }
      const news = trustNews(known, next);
      for (const one of news) {
        announcer.notify(tx, trustRootEvent(one), (context) => composeTrustChanged(context, one));
      }
      return news.length > 0;
    });
    if (told) options.onEnqueued();
  }

  return { look, trust: () => trust, problem: () => problem };
}
