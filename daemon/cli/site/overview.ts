import { BaselineError } from '../../../baselines/index.js';
import type { SiteApproval } from '../../approvals/approval.js';
import { type Config, definitionsOf } from '../../config/config.js';
import type { Acknowledgement, Incident } from '../../incident.js';
import { incidentWellSinceMs } from '../../policy/outages.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import type { OutboxStatus } from '../../store/store.js';
import { readChannelTests } from '../../watchdog/channel-tests.js';
import { type ChannelStatus, channelsOf } from '../../watchdog/health.js';
import { type WaitingProposal, waitingProposal } from '../approve/waiting-proposal.js';
import type { CommandContext } from '../command.js';
import { readApproval, readTrust } from '../signing/verified-files.js';
import { type SuppressionsOnDisk, suppressionsOnDisk } from '../suppress/suppression-files.js';
import { askDaemon, type DaemonAnswer } from './daemon-answer.js';

const MESSAGES = 10_000;

/** How one site stands. */
export interface SiteOverview {
  readonly site: string;
  /** Null when it could not be verified; `refusal` says why. */
  readonly approval: SiteApproval | null;
  /** What people signed in advance; null when nothing could be verified. */
  readonly suppressions: SuppressionsOnDisk | null;
  /** The proposal that waits for signatures; null when none does. */
  readonly waiting: WaitingProposal | null;
  /** The highest version a daemon ever had in force here. */
  readonly remembered: number | null;
  readonly collections: readonly {
    readonly collection: string;
    /** Null when the daemon has not read it. */
    readonly count: number | null;
    readonly observedAtMs: number | null;
  }[];
}

/** How everything stands. */
export interface Overview {
  /** What the running daemon says of itself; null when none answers. */
  readonly daemon: DaemonAnswer | null;
  readonly refusal: string | null;
  readonly sites: readonly SiteOverview[];
  readonly incidents: readonly Incident[];
  /** Incidents about sources that are well again by what the daemon that answers wrote last, and since when: not over yet, since they may come again. */
  readonly wellAgain: readonly { readonly incident: string; readonly sinceMs: number }[];
  readonly undelivered: readonly OutboxStatus[];
  /** Those in force. */
  readonly acknowledgements: readonly Acknowledgement[];
  readonly channels: readonly ChannelStatus[];
}

/** Puts together what files, state and daemon say. */
export async function overviewOf({ clock }: CommandContext, config: Config): Promise<Overview> {
  const { approvals, refusal } = await approvalsOf(config, clock());
  const store = openStoreReadOnly(config.stateDirectory);
  try {
    const suppressions = new Map<string, SuppressionsOnDisk>();
    const waiting = new Map<string, WaitingProposal | null>();
    for (const [site, approval] of approvals) {
      suppressions.set(site, await suppressionsOnDisk(config, site, approval));
      waiting.set(site, await waitingProposal(config, site, approval));
    }
    const sites = config.sites.map((site) => {
      const observed = new Map(
        (store?.observed.collections(site.name) ?? []).map((one) => [one.collection, one]),
      );
      const collections = definitionsOf(site).map(({ name }) => {
        const { count = null, observedAtMs = null } = observed.get(name) ?? {};
        return { collection: name, count, observedAtMs };
      });
      return {
        site: site.name,
        approval: approvals.get(site.name) ?? null,
        suppressions: suppressions.get(site.name) ?? null,
        waiting: waiting.get(site.name) ?? null,
        remembered: store?.baselines.remembered(site.name)?.version ?? null,
        collections,
      };
    });
    const daemon = await askDaemon(config);
    const incidents = store?.incidents.list({ unresolvedOnly: true }) ?? [];
    return {
      daemon,
      refusal,
      sites,
      incidents,
      // Of what nobody looks at now, nobody knows that it is well.
      wellAgain: incidents.flatMap(({ id, topic }) => {
        const sinceMs =
          daemon === null ? null : incidentWellSinceMs(topic, () => store?.findings.openOf(id) ?? []);
        return sinceMs === null ? [] : [{ incident: id, sinceMs }];
      }),
      undelivered: store?.outbox.messages({ undeliveredOnly: true, limit: MESSAGES }) ?? [],
      acknowledgements: store?.incidents.acknowledgements() ?? [],
      channels: channelsOf(
        config.notifiers,
        store?.deliveries.channels() ?? [],
        readChannelTests(config.stateDirectory, config.notifiers),
      ),
    };
  } finally {
    store?.close();
  }
}

async function approvalsOf(
  config: Config,
  nowMs: number,
): Promise<{ approvals: ReadonlyMap<string, SiteApproval>; refusal: string | null }> {
  const approvals = new Map<string, SiteApproval>();
  try {
    const trusted = await readTrust(config);
    for (const { name } of config.sites)
      approvals.set(name, await readApproval(config, name, nowMs, trusted));
    return { approvals, refusal: null };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    return { approvals, refusal: `${error.code}: ${error.message}` };
  }
}
