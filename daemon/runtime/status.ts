import type { ApprovalFilesWatch } from '../approvals/approval-files.js';
import type { Escalations } from '../incidents/escalations.js';
import type { Store } from '../store/store.js';
import { programVersion } from '../version.js';
import { readChannelTests } from '../watchdog/channel-tests.js';
import {
  channelsOf,
  type DaemonStatus,
  degradedNow,
  type Health,
  healthOf,
  overdueWords,
} from '../watchdog/health.js';
import type { SelfMonitor } from '../watchdog/self-monitor.js';
import type { Assembly } from './assembly.js';

/** Undelivered messages that are looked at for one answer. */
const MESSAGES_LOOKED_AT = 10_000;

/** The daemon as it is at the moment of asking. */
export interface Status {
  status(): DaemonStatus;
  health(): Health;
}

export function createStatus(options: {
  readonly startedMs: number;
  readonly uptimeMs: () => number;
  readonly store: Store;
  readonly assembly: () => Assembly;
  readonly approvals: Pick<ApprovalFilesWatch, 'trust' | 'problem'>;
  readonly escalations: Pick<Escalations, 'overdue'>;
  readonly selfMonitor: Pick<SelfMonitor, 'store' | 'heartbeat' | 'degradations'>;
  /** Why the API is not served although it should be, in our words. */
  readonly apiProblem: () => string | null;
}): Status {
  const { startedMs, store, assembly, approvals, escalations, selfMonitor } = options;
  const undeliveredNow = () => store.outbox.messages({ undeliveredOnly: true, limit: MESSAGES_LOOKED_AT });

  function status(): DaemonStatus {
    const { config, channels: configured, degradations } = assembly();
    const sites = assembly().sites.map((site) => site.status());
    const channelTests = readChannelTests(config.stateDirectory, configured);
    const channels = channelsOf(configured, store.deliveries.channels(), channelTests);
    const undelivered = undeliveredNow();
    const late = escalations.overdue();
    const trust = approvals.trust();
    return {
      version: programVersion(),
      startedMs,
      configDigest: config.digest,
      journalHead: store.journal.head(),
      trustVersion: trust?.version ?? null,
      sites,
      channels,
      undelivered: undelivered.length,
      heartbeat: selfMonitor.heartbeat(),
      overdue: late.map(({ id }) => id),
      degraded: [
        ...late.map((one) => overdueWords(one)),
        ...degradations(),
        ...present(options.apiProblem()),
        ...selfMonitor.degradations(channels),
        ...present(approvals.problem()),
        ...(trust === null ? ['no trust root counts: nothing can be approved or compared'] : []),
        ...degradedNow(sites, channels, undelivered),
      ],
    };
  }

  function health(): Health {
    return healthOf({
      status: status(),
      undelivered: undeliveredNow(),
      storeProblem: selfMonitor.store.problem()?.words ?? null,
      readIntervalMs: assembly().config.timing.readIntervalMs,
      uptimeMs: options.uptimeMs(),
    });
  }

  return { status, health };
}

function present(problem: string | null): string[] {
  return problem === null ? [] : [problem];
}
