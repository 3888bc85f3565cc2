import type { BaselineErrorCode } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import { composeProposalEnded, composeProposalWaits } from '../alerts/announce-approval.js';
import type { AlertContext } from '../alerts/compose.js';
import type { Channel } from '../channel.js';
import { type Config, personalColumns } from '../config/config.js';
import { enqueueNotice } from '../outbox/enqueue.js';
import type { WatchedSite } from '../runtime/site.js';
import { headOf } from '../store/head.js';
import type { JournalEvent } from '../store/journal/event.js';
import type { WaitingNote } from '../store/meta.js';
import type { Store, StoreTransaction } from '../store/store.js';
import { versionIn } from './active/documents.js';
import type { ProposalStatus, Settled } from './file-approvals.js';

/** A watched site as far as submissions need it. */
export type SubmissionSite = Pick<WatchedSite, 'name' | 'config' | 'readings' | 'definitions' | 'active'>;

/** The configuration in force and what it made, as far as submissions need it. */
export interface SubmissionAssembly {
  readonly config: Pick<Config, 'trust' | 'baselines' | 'timing' | 'messages'>;
  readonly sites: readonly SubmissionSite[];
  readonly routes: readonly Channel[];
  readonly outbox: { wake(): void };
}

export interface SubmissionsOptions {
  readonly assembly: () => SubmissionAssembly;
  readonly store: Store;
  readonly clock: () => number;
  /** A baseline was installed: look at the files. */
  readonly onInstalled: () => void;
}

/** An alert to be composed; null tells nobody. */
type Compose = ((context: AlertContext) => Alert) | null;

/** Journals what people handed in about one site and tells the others, in one transaction each. */
export class SubmissionNotes {
  readonly #options: SubmissionsOptions;
  readonly #site: SubmissionSite;

  constructor(options: SubmissionsOptions, site: SubmissionSite) {
    this.#options = options;
    this.#site = site;
  }

  /** A proposal waits for more signatures, or was installed. `person`: null when nobody handed anything in. */
  status(person: string | null, status: Omit<ProposalStatus, 'signer'>): void {
    const { version, digest, signers, installed } = status;
    // The same again is no news to anybody.
    if (!installed && sameNote(this.waiting(), status)) return;
    const body = { site: this.#site.name, person, version, digest, signers: [...signers], installed };
    // What is installed is announced when it takes effect.
    const compose: Compose = installed ? null : (context) => composeProposalWaits(context, status);
    const waits = installed ? null : { version, digest, signers: [...signers] };
    this.#note({ type: 'proposal-signed', body }, compose, { waits });
    if (installed) this.#options.onInstalled();
  }

  refused(person: string, code: BaselineErrorCode): void {
    this.#note({ type: 'proposal-refused', body: { site: this.#site.name, person, code } }, null);
  }

  /** `version` is 0 where records lay without a statement: that was never a proposal that anybody was told of. */
  withdrawn(person: string, version: number, digest: string | null): void {
    const how = `was withdrawn by ${person}`;
    const compose: Compose =
      version === 0 ? null : (context) => composeProposalEnded(context, { version, how });
    const body = { site: this.#site.name, person, version, how: 'withdrawn' };
    this.#note({ type: 'proposal-ended', body }, compose, { waits: null, withdrawn: digest });
  }

  /** The proposal that people were last told of; null when none waits. */
  waiting(): WaitingNote | null {
    return this.#options.store.meta.get(`waiting:${this.#site.name}`);
  }

  /** It does not wait any more, and what became of it is told elsewhere. */
  installedElsewhere(): void {
    const { store } = this.#options;
    store.transaction((tx) => tx.meta.set(`waiting:${this.#site.name}`, null));
  }

  /** The proposal that people were told of is not there any more, and nothing installed it. */
  gone({ version, digest }: WaitingNote): void {
    const how =
      'is not there any more: it was withdrawn on the machine of the daemon, or its files were removed';
    const body = { site: this.#site.name, person: null, version, how: 'gone' };
    const compose = (context: AlertContext) => composeProposalEnded(context, { version, how });
    this.#note({ type: 'proposal-ended', body }, compose, { waits: null, withdrawn: digest });
  }

  /** What was withdrawn lies there again. It counts for nothing, whoever signs it. */
  back({ version }: WaitingNote): void {
    const how = 'lies there again although it was withdrawn: it counts for nothing, whoever signs it';
    const body = { site: this.#site.name, person: null, version, how: 'BASELINE_PROPOSAL_WITHDRAWN' };
    const compose = (context: AlertContext) => composeProposalEnded(context, { version, how });
    this.#note({ type: 'proposal-ended', body }, compose, { waits: null });
  }

  settled(settled: Settled): void {
    if (settled.what === 'installed') {
      this.status(null, settled);
      return;
    }
    const version = versionIn(settled);
    const { code } = settled.reason;
    const how =
      code === 'BASELINE_PROPOSAL_EXPIRED'
        ? 'expired before enough people had signed it'
        : code === 'BASELINE_PROPOSAL_WITHDRAWN'
          ? 'was put back although it was withdrawn, and is cleared away'
          : 'was cleared away: another baseline is in force than the one it starts from';
    const body = { site: this.#site.name, person: null, version, how: code };
    const compose = (context: AlertContext) => composeProposalEnded(context, { version, how });
    this.#note({ type: 'proposal-ended', body }, compose, { waits: null });
  }

  /** The context of an alert about the site, or about one of its incidents. */
  context(tx: StoreTransaction, incident: string | null): AlertContext {
    const { assembly, clock } = this.#options;
    const { name, config } = this.#site;
    return {
      site: name,
      timeZone: config.timeZone,
      incident,
      // What people hand in comes through the API.
      canAcknowledge: true,
      observedAtMs: clock(),
      head: headOf(tx, name),
      definitions: this.#site.definitions(),
      personal: personalColumns(config, assembly().config.messages),
    };
  }

  /** `waits`: what waits from now on; absent where that stays as it is. `withdrawn`: the digest of a proposal that never counts again. */
  #note(
    event: JournalEvent,
    compose: Compose,
    { waits, withdrawn }: { readonly waits?: WaitingNote | null; readonly withdrawn?: string | null } = {},
  ): void {
    const { assembly, store, clock } = this.#options;
    const { routes: channels, outbox } = assembly();
    const atMs = clock();
    store.transaction((tx) => {
      tx.journal.append(event, atMs);
      if (withdrawn != null) tx.baselines.withdraw({ site: this.#site.name, digest: withdrawn, atMs });
      if (waits !== undefined) tx.meta.set(`waiting:${this.#site.name}`, waits);
      if (compose !== null) enqueueNotice(tx, compose(this.context(tx, null)), { channels, atMs });
    });
    if (compose !== null) outbox.wake();
  }
}

function sameNote(known: WaitingNote | null, { digest, signers }: Omit<WaitingNote, 'version'>): boolean {
  return known?.digest === digest && known.signers.join() === signers.join();
}
