import { BaselineError } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import { composeProposalEnded, composeProposalWaits, composeRejected } from '../alerts/announce-approval.js';
import type { AlertContext } from '../alerts/compose.js';
import { definitionsOf, personalColumns } from '../config/config.js';
import { enqueueNotice } from '../outbox/enqueue.js';
import type { Assembly } from '../runtime/assembly.js';
import type { WatchedSite } from '../runtime/site.js';
import { headOf } from '../store/head.js';
import type { JournalEvent } from '../store/journal/event.js';
import type { Store, StoreTransaction } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import { createExclusive } from '../time/exclusive.js';
import { versionIn } from './active/documents.js';
import type { Observation, RejectionOutcome, Submission } from './approval-backend.js';
import { FileApprovals, type ProposalStatus, type Settled } from './file-approvals.js';

/** What people with tokens hand in about one site, by the name of their token. */
export interface SiteSubmissions {
  readonly files: FileApprovals;
  observed(): Observation;
  submit(person: string, submission: Submission): Promise<ProposalStatus>;
  withdraw(person: string): Promise<boolean>;
  reject(person: string, fingerprints: readonly string[]): RejectionOutcome;
  /** Ends a pending proposal that need not wait any more, and tells of it. */
  settle(): Promise<void>;
}

export interface SubmissionsOptions {
  readonly assembly: () => Assembly;
  readonly store: Store;
  readonly clock: () => number;
  /** A baseline was installed: look at the files. */
  readonly onInstalled: () => void;
}

/** The submissions of all sites. Every one is verified, journaled and told. */
export interface Submissions {
  /** Null for a site that is not configured. */
  of(site: string): SiteSubmissions | null;
  /** Ends the pending proposals of all sites that need not wait any more. One that cannot be used is only logged: it approves nothing. */
  settleAll(log: Log): Promise<void>;
}

export function createSubmissions(options: SubmissionsOptions): Submissions {
  const { store, clock } = options;
  // Two submissions at once would each find no pending proposal.
  const exclusive = createExclusive();

  /** Journals something and tells it, in one transaction; null tells nobody. */
  function note(
    site: WatchedSite,
    incident: string | null,
    event: JournalEvent,
    compose: ((context: AlertContext) => Alert) | null,
  ): void {
    const { routes: channels, outbox } = options.assembly();
    store.transaction((tx) => {
      tx.journal.append(event, clock());
      if (compose !== null)
        enqueueNotice(tx, compose(contextOf(tx, site, incident)), { channels, atMs: clock() });
    });
    if (compose !== null) outbox.wake();
  }

  function contextOf(
    tx: StoreTransaction,
    { name, config }: WatchedSite,
    incident: string | null,
  ): AlertContext {
    return {
      site: name,
      timeZone: config.timeZone,
      incident,
      // What people hand in comes through the API.
      canAcknowledge: true,
      observedAtMs: clock(),
      head: headOf(tx, name),
      definitions: new Map(definitionsOf(config).map((one) => [one.name, one])),
      personal: personalColumns(config, options.assembly().config.messages),
    };
  }

  function noteStatus(
    site: WatchedSite,
    person: string | null,
    status: Omit<ProposalStatus, 'signer'>,
  ): void {
    const { version, digest, signers, installed } = status;
    const body = { site: site.name, person, version, digest, signers: [...signers], installed };
    // What is installed is announced when it takes effect.
    const compose = installed ? null : (context: AlertContext) => composeProposalWaits(context, status);
    note(site, null, { type: 'proposal-signed', body }, compose);
    if (installed) options.onInstalled();
  }

  async function submit(site: WatchedSite, files: FileApprovals, person: string, submission: Submission) {
    try {
      noteSettled(site, await files.settle());
      const status = await files.accept(submission);
      noteStatus(site, person, status);
      return status;
    } catch (error) {
      if (error instanceof BaselineError) {
        const body = { site: site.name, person, code: error.code };
        note(site, null, { type: 'proposal-refused', body }, null);
      }
      throw error;
    }
  }

  async function withdraw(site: WatchedSite, files: FileApprovals, person: string): Promise<boolean> {
    const removed = await files.removePending();
    if (removed.length === 0) return false;
    const version = Math.max(0, ...removed.map((file) => versionIn({ file }) || 0));
    const compose = (context: AlertContext) =>
      composeProposalEnded(context, { version, how: `was withdrawn by ${person}` });
    // Records without a statement were never a proposal that anybody was told of.
    const body = { site: site.name, person, version, how: 'withdrawn' };
    note(site, null, { type: 'proposal-ended', body }, version === 0 ? null : compose);
    return true;
  }

  function noteSettled(site: WatchedSite, settled: Settled | null): void {
    if (settled === null) return;
    if (settled.what === 'installed') {
      noteStatus(site, null, settled);
      return;
    }
    const version = versionIn(settled);
    const { code } = settled.reason;
    const how =
      code === 'BASELINE_PROPOSAL_EXPIRED'
        ? 'expired before enough people had signed it'
        : 'was cleared away: another baseline is in force than the one it starts from';
    const body = { site: site.name, person: null, version, how: code };
    note(site, null, { type: 'proposal-ended', body }, (context) =>
      composeProposalEnded(context, { version, how }),
    );
  }

  /** Binds what the person saw: a change that has changed again has another fingerprint. */
  function reject(site: WatchedSite, person: string, fingerprints: readonly string[]): RejectionOutcome {
    const { routes: channels, outbox } = options.assembly();
    const named = new Set(fingerprints);
    const incidents = store.transaction((tx) => {
      const open = tx.findings.open(site.name).filter(({ fingerprint, subject }) => {
        return subject.what === 'change' && named.delete(fingerprint);
      });
      const ids = [...new Set(open.map(({ incident }) => incident))];
      for (const id of ids) {
        const own = open.filter(({ incident }) => incident === id);
        const fresh = own.filter(({ fingerprint }) =>
          tx.findings.reject(id, { fingerprint, person, atMs: clock() }),
        );
        if (fresh.length === 0) continue;
        const marked = fresh.map(({ fingerprint }) => fingerprint);
        const body = { site: site.name, incident: id, person, fingerprints: marked };
        tx.journal.append({ type: 'changes-rejected', body }, clock());
        const context = contextOf(tx, site, id);
        const alert = composeRejected(context, { person, conditions: fresh });
        enqueueNotice(tx, alert, { channels, atMs: clock() });
      }
      return ids;
    });
    outbox.wake();
    return { incidents, unknown: named.size };
  }

  function of(name: string): SiteSubmissions | null {
    const { config, sites } = options.assembly();
    const site = sites.find((one) => one.name === name);
    if (site === undefined) return null;
    const files = new FileApprovals({
      site: name,
      trustDirectory: config.trust.directory,
      baselinesDirectory: config.baselines.directory,
      pin: config.trust.root,
      proposalMaxAgeMs: config.timing.proposalMaxAgeMs,
      clock,
    });
    return {
      files,
      observed: () => ({
        definitions: definitionsOf(site.config),
        readings: site.readings(),
        hostile: store.findings.openRejections(name),
      }),
      submit: (person, submission) => exclusive(() => submit(site, files, person, submission)),
      withdraw: (person) => exclusive(() => withdraw(site, files, person)),
      reject: (person, fingerprints) => reject(site, person, fingerprints),
      settle: () => exclusive(async () => noteSettled(site, await files.settle())),
    };
  }

  async function settleAll(log: Log): Promise<void> {
    for (const { name } of options.assembly().sites) {
      try {
        await of(name)?.settle();
      } catch (error) {
        log.warn({ err: error, site: name }, 'the pending proposal cannot be used');
      }
    }
  }

  return { of, settleAll };
}
