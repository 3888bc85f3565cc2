import type { ApprovalFilesWatch } from '../approvals/approval-files.js';
import { programVersion } from '../built.js';
import { exposureDegradations } from '../config/exposure.js';
import type { Escalations } from '../incidents/escalations.js';
import type { Store } from '../store/store.js';
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

/** The parts of the daemon that say how it does. */
export interface StatusOptions {
  readonly startedMs: number;
  readonly uptimeMs: () => number;
  readonly store: Store;
  readonly assembly: () => Assembly;
  readonly approvals: Pick<ApprovalFilesWatch, 'trust' | 'problem'>;
  readonly escalations: Pick<Escalations, 'overdue'>;
  readonly selfMonitor: Pick<SelfMonitor, 'store' | 'heartbeat' | 'degradations'>;
  /** Why the API is not served although it should be, in our words. */
  readonly apiProblem: () => string | null;
  /** What keeps rules of containment from acting, in our words. */
  readonly containmentProblems: () => readonly string[];
  /** Why what is old stays where it is, in our words; null when it need not. */
  readonly retentionProblem: () => string | null;
}

/** The daemon as it is at the moment of asking. */
export function statusNow(options: StatusOptions): DaemonStatus {
  const { store, approvals, selfMonitor } = options;
  const { config, channels: configured, sites: watched } = options.assembly();
  const sites = watched.map((site) => site.status());
  const channelTests = readChannelTests(config.stateDirectory, configured);
  const channels = channelsOf(configured, store.deliveries.channels(), channelTests);
  const undelivered = undeliveredNow(options);
  const late = options.escalations.overdue();
  const trust = approvals.trust();
  return {
    version: programVersion(),
    startedMs: options.startedMs,
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
      ...options.assembly().degradations(),
      ...exposureDegradations(config.file, config.siteFiles),
      ...present(options.apiProblem()),
      ...options.containmentProblems(),
      ...present(options.retentionProblem()),
      ...selfMonitor.degradations(channels),
      ...present(approvals.problem()),
      ...(trust === null ? ['no trust root counts: nothing can be approved or compared'] : []),
      ...degradedNow(sites, channels, undelivered),
    ],
  };
}

/** Whether the daemon does its work at the moment of asking. */
export function healthNow(options: StatusOptions): Health {
  return healthOf({
    status: statusNow(options),
    undelivered: undeliveredNow(options),
    storeProblem: options.selfMonitor.store.problem()?.words ?? null,
    readIntervalMs: options.assembly().config.timing.readIntervalMs,
    uptimeMs: options.uptimeMs(),
  });
}

function undeliveredNow({ store }: StatusOptions) {
  return store.outbox.messages({ undeliveredOnly: true, limit: MESSAGES_LOOKED_AT });
}

function present(problem: string | null): string[] {
  return problem === null ? [] : [problem];
}
