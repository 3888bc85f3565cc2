import { BaselineError } from '../../baselines/index.js';
import { definitionsOf } from '../config/config.js';
import type { WaitingNote } from '../store/meta.js';
import type { Log } from '../telemetry/log.js';
import { createExclusive } from '../time/exclusive.js';
import { versionIn } from './active/documents.js';
import type { Observation, RejectionOutcome, Submission } from './approval-backend.js';
import type { ChainMemory } from './chain-memory.js';
import { FileApprovals, type ProposalStatus } from './file-approvals.js';
import { leftToMark } from './left-rejections.js';
import { rejectChanges } from './rejections.js';
import { SubmissionNotes, type SubmissionSite, type SubmissionsOptions } from './submission-notes.js';

type Exclusive = ReturnType<typeof createExclusive>;

/** The submissions of all sites. Every one is verified, journaled and told. */
export class Submissions {
  readonly #options: SubmissionsOptions;
  // Two submissions at once would each find no pending proposal.
  readonly #exclusive = createExclusive();
  /** By site: the bytes of the pending proposal at the last look, so that the same is not verified again. */
  readonly #seen = new Map<string, string>();

  constructor(options: SubmissionsOptions) {
    this.#options = options;
  }

  /** Null for a site that is not configured. */
  of(name: string): SiteSubmissions | null {
    const site = this.#options.assembly().sites.find((one) => one.name === name);
    return site === undefined ? null : new SiteSubmissions(this.#options, site, this.#exclusive);
  }

  /** Tells of proposals that somebody left, signed or took away in the directory itself: both ways of approving are told alike. */
  async noticeAll(log: Pick<Log, 'warn'>): Promise<void> {
    for (const { name } of this.#options.assembly().sites) {
      try {
        await this.of(name)?.markLeft(log);
        await this.of(name)?.notice(this.#seen);
      } catch (error) {
        if (!(error instanceof BaselineError)) throw error;
        log.warn({ err: error, site: name }, 'the pending proposal cannot be used');
      }
    }
  }

  /** Ends the pending proposals of all sites that need not wait any more. One that cannot be used is only logged: it approves nothing. */
  async settleAll(log: Pick<Log, 'warn'>): Promise<void> {
    for (const { name } of this.#options.assembly().sites) {
      try {
        await this.of(name)?.settle();
      } catch (error) {
        log.warn({ err: error, site: name }, 'the pending proposal cannot be used');
      }
    }
  }
}

/** The daemon knows what is in force, and keeps nothing beside it. */
function inForce(site: Pick<SubmissionSite, 'active'>): ChainMemory {
  return {
    // biome-ignore lint/correctness/useYield: what is in memory needs no steps.
    *known() {
      return site.active();
    },
    keep: () => undefined,
  };
}

/** What people with tokens hand in about one site; `person` is the name of their token. */
export class SiteSubmissions {
  readonly files: FileApprovals;
  readonly #options: SubmissionsOptions;
  readonly #site: SubmissionSite;
  readonly #exclusive: Exclusive;
  readonly #notes: SubmissionNotes;

  constructor(options: SubmissionsOptions, site: SubmissionSite, exclusive: Exclusive) {
    const { config } = options.assembly();
    this.#options = options;
    this.#site = site;
    this.#exclusive = exclusive;
    this.#notes = new SubmissionNotes(options, site);
    this.files = new FileApprovals({
      site: site.name,
      trustDirectory: config.trust.directory,
      baselinesDirectory: config.baselines.directory,
      pin: config.trust.root,
      proposalMaxAgeMs: config.timing.proposalMaxAgeMs,
      clock: options.clock,
      isWithdrawn: (digest) => options.store.baselines.isWithdrawn(site.name, digest),
      memory: inForce(site),
    });
  }

  /** The definitions are the configured ones alone: they are what is read, and what a new baseline is made of. */
  observed(): Observation {
    return {
      definitions: definitionsOf(this.#site.config),
      readings: this.#site.readings(),
      hostile: this.#options.store.findings.openRejections(this.#site.name),
    };
  }

  submit(person: string, submission: Submission): Promise<ProposalStatus> {
    return this.#exclusive(async () => {
      try {
        await this.#settle();
        const status = await this.files.accept(submission);
        this.#notes.status(person, status);
        return status;
      } catch (error) {
        if (error instanceof BaselineError) this.#notes.refused(person, error.code);
        throw error;
      }
    });
  }

  withdraw(person: string): Promise<boolean> {
    return this.#exclusive(async () => {
      const digest = await this.files.pendingDigest();
      const removed = await this.files.removePending();
      if (removed.length === 0) return false;
      const version = removed.reduce((most, file) => Math.max(most, versionIn({ file }) || 0), 0);
      this.#notes.withdrawn(person, version, digest);
      return true;
    });
  }

  reject(person: string, fingerprints: readonly string[]): RejectionOutcome {
    return rejectChanges(this.#options, this.#site, this.#notes, { person, fingerprints });
  }

  /** Marks and tells what people on this machine left word of, as if they had told the API: both ways of rejecting are told alike. */
  async markLeft(log: Pick<Log, 'warn'>): Promise<void> {
    const { assembly, store, clock } = this.#options;
    const { directory } = assembly().config.baselines;
    const site = this.#site.name;
    const { requests, unused } = await leftToMark({ directory, site, store, nowMs: clock() });
    for (const request of requests) rejectChanges(this.#options, this.#site, this.#notes, request);
    if (unused > 0) log.warn({ site, files: unused }, 'files that call changes hostile cannot be used');
  }

  /** Tells of what has changed about the pending proposal since people were told. */
  notice(seen: Map<string, string>): Promise<void> {
    return this.#exclusive(async () => {
      const { name } = this.#site;
      const bytes = await this.files.pendingFingerprint();
      if (seen.get(name) === bytes) return;
      const known = this.#notes.waiting();
      // Nothing waits, and nobody was told of anything: there is nothing to verify.
      if (bytes === '' && known === null) {
        seen.set(name, bytes);
        return;
      }
      const { waiting, installed } = await this.files.waiting();
      if (known !== null && known.digest !== waiting?.digest) {
        if (installed.has(known.digest)) this.#notes.installedElsewhere();
        else this.#notes.gone(known);
      }
      if (waiting !== null) this.#noticeWaiting(waiting);
      seen.set(name, bytes);
    });
  }

  #noticeWaiting(waiting: WaitingNote): void {
    const isBack = this.#options.store.baselines.isWithdrawn(this.#site.name, waiting.digest);
    if (isBack) this.#notes.back(waiting);
    else this.#notes.status(null, { ...waiting, installed: false });
  }

  /** Ends a pending proposal that need not wait any more, and tells of it. */
  settle(): Promise<void> {
    return this.#exclusive(() => this.#settle());
  }

  async #settle(): Promise<void> {
    const settled = await this.files.settle();
    if (settled !== null) this.#notes.settled(settled);
  }
}
