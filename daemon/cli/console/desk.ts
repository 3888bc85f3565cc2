import { randomBytes } from 'node:crypto';
import {
  BaselineError,
  NAMESPACES,
  type PendingProposal,
  type Proposal,
  passkeyChallenge,
  type ReviewedProposal,
  reviewPending,
} from '../../../baselines/index.js';
import { quotation } from '../../../notifiers/index.js';
import type {
  ApprovalBackend,
  LeftWord,
  RejectionOutcome,
  Submission,
} from '../../approvals/approval-backend.js';
import { createExclusive } from '../../time/exclusive.js';
import { partsOf, VALUE_CHARACTERS } from '../../views/change-view.js';
import { worstSeverity } from '../../views/incident-view.js';
import type {
  PasskeyAnswer,
  ShownConsoleSite,
  ShownDesk,
  ShownDifference,
  ShownDraft,
  ShownPending,
  ShownSigned,
} from '../../views/shapes.js';
import {
  type Difference,
  differencesBetween,
  differencesToReview,
  isAcceptable,
} from '../approve/differences.js';
import { draftNext, submissionOf } from '../approve/draft.js';
import { firstBaselineLines } from '../approve/first-review-text.js';
import { type Look, lookVerified } from '../approve/look.js';
import { type ObservedState, observedState } from '../approve/observed-state.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { failureOf } from '../failure.js';
import { SeenHeads } from '../signing/seen-heads.js';
import { findSigner, type Signer, signDocument } from '../signing/signer.js';
import { lackingLines } from '../text/suppression-text.js';
import {
  DIFFERENCES_PER_PAGE,
  type DifferenceViewContext,
  differenceView,
  shownKey,
  unreadView,
} from './desk-view.js';
import { ConsoleError } from './errors.js';
import { passkeysOf, signatureOf } from './passkeys.js';
import { destinationsOf, itemsOf, thenNeeded } from './summary.js';

/** What was read a moment ago is not read again for another question about it, in milliseconds. */
const FRESH_MS = 1_000;
/** A draft that nobody signed is forgotten. */
const MAX_DRAFTS = 20;

/** Everything this machine found out about a site at one moment, verified by itself. */
interface Found extends Look {
  readonly observed: ObservedState;
  /** What is there now against the verified parent. */
  readonly differences: readonly Difference[];
  readonly review: ReviewedProposal | null;
  /** What waits against the verified parent. */
  readonly proposed: readonly Difference[];
  readonly atMs: number;
}

/** A document that the person saw the summary of, ready to be signed. */
interface Drafted {
  readonly shown: ShownDraft;
  readonly bytes: Uint8Array;
  /** What waits is signed in this very version, or nothing. */
  readonly submission: (signature: string) => Submission;
}

export interface DeskOptions {
  readonly context: CommandContext;
  readonly site: string;
  readonly open: () => Promise<ApprovalBackend>;
  /** A private key or a `.pub`, when one was named. */
  readonly key?: string | undefined;
  /** Of the page: `http://localhost:9773`. */
  readonly origin: string;
}

/**
 * One site on an approver's desk in the browser: looked at and verified here, decided about there, signed by a key of this machine or by a passkey,
 * and handed in. What is signed is a draft whose summary was shown; what it was made of is read anew for it.
 */
export class Desk {
  readonly #options: DeskOptions;
  readonly #exclusive = createExclusive();
  readonly #drafts = new Map<string, Drafted>();
  #backend: ApprovalBackend | null = null;
  #last: { readonly found: Found | null; readonly error: unknown; readonly atMs: number } | null = null;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  get site(): string {
    return this.#options.site;
  }

  /** The site in a list. Never rejects: what is wrong stands in it. */
  async summary(): Promise<ShownConsoleSite> {
    const { site } = this;
    const look = await this.#look(false);
    if (look.found === null) {
      const none = { version: null, expiresMs: null, differences: 0, unread: 0, worst: null, waiting: null };
      return { site, ...none, problem: problemOf(look.error) };
    }
    const { approval, differences, observed, review } = look.found;
    const context = this.#context(look.found);
    const severities = differences
      .slice(0, DIFFERENCES_PER_PAGE)
      .map((one) => differenceView(one, context).shown)
      .map((shown) => ({ severity: shown.what === 'change' ? shown.severity : ('high' as const) }));
    return {
      site,
      version: approval.head?.version ?? null,
      expiresMs: approval.head?.expiresMs ?? null,
      differences: differences.length,
      unread: observed.unread.length,
      worst: worstSeverity(severities),
      waiting: review?.statement.version ?? null,
      problem: null,
    };
  }

  /** Everything there is to decide. Never rejects: with a problem there is nothing to sign. */
  async view(): Promise<ShownDesk> {
    const look = await this.#look(false);
    const { site } = this;
    if (look.found === null) return emptyDesk(site, problemOf(look.error), look.atMs);
    const { found } = look;
    const { approval, observed, differences, atMs } = found;
    const context = this.#context(found);
    const signer = this.#signer(found);
    return {
      site,
      problem: null,
      version: approval.head?.version ?? null,
      expiresMs: approval.head?.expiresMs ?? null,
      signer: signer instanceof Error ? null : { person: signer.person, key: shownKey(signer.key) },
      signerProblem: signer instanceof Error ? signer.message : null,
      passkeys: [...new Set(passkeysOf(approval.trust, this.#options.origin).map(({ person }) => person))],
      differences: differences.slice(0, DIFFERENCES_PER_PAGE).map((one) => differenceView(one, context)),
      differenceCount: differences.length,
      unread: unreadView(observed),
      missing: observed.missing,
      first: approval.head === null ? this.#firstLines(found) : null,
      pending: this.#pendingView(found),
      notices: approval.problems.map(({ code, detail }) => `${code}: ${detail}`),
      atMs,
    };
  }

  async differencesFrom(from: number): Promise<ShownDifference[]> {
    const found = await this.#found(false);
    const context = this.#context(found);
    return found.differences
      .slice(from, from + DIFFERENCES_PER_PAGE)
      .map((one) => differenceView(one, context));
  }

  /** A difference with whole values. Throws `CONSOLE_NOT_FOUND` when it is none any more. */
  async unfolded(id: string): Promise<ShownDifference> {
    const found = await this.#found(false);
    const one = [...found.differences, ...found.proposed].find(({ fingerprint }) => fingerprint === id);
    if (one === undefined) throw new ConsoleError('CONSOLE_NOT_FOUND', 'this difference is none any more');
    return differenceView(one, this.#context(found), true);
  }

  /**
   * The summary of what would be signed when these are accepted. Everything is read anew first. Throws `CONSOLE_MOVED` when one of them is not
   * as it was shown, or is none any more, and `CLI_NOT_ACCEPTABLE`.
   */
  async draft(wanted: DraftRequest): Promise<ShownDraft> {
    const found = await this.#found(true);
    const { approval, differences, observed, review } = found;
    if (review !== null) {
      throw new ConsoleError('CONSOLE_MOVED', 'a proposal waits by now: sign or withdraw that one first');
    }
    const chosen = new Set(wanted.accepted);
    const accepted = differences.filter(({ fingerprint }) => chosen.has(fingerprint));
    if (accepted.length !== chosen.size) {
      throw new ConsoleError(
        'CONSOLE_MOVED',
        `${chosen.size - accepted.length} of what you accepted is not there any more as it was shown; look at what is there now`,
      );
    }
    if (!accepted.every(isAcceptable)) {
      throw new CliError('CLI_NOT_ACCEPTABLE', 'a change with a duplicate or missing key cannot be signed');
    }
    if (approval.head === null) refuseLeftOut(observed, wanted.without);
    if (accepted.length === 0 && !wanted.renew) {
      throw new ConsoleError('CONSOLE_INVALID', 'nothing is accepted, so there is nothing to sign');
    }
    await (await this.#open()).prepare();
    const reason = wanted.reason.trim();
    const options = { renew: wanted.renew, ...(reason === '' ? {} : { reason }) };
    const { proposal, collections } = draftNext(
      this.site,
      approval,
      accepted,
      options,
      this.#options.context.clock(),
    );
    const context = this.#context(found);
    return this.#keep(
      found,
      proposal,
      {
        parentVersion: approval.head?.version ?? null,
        reason: proposal.statement.reason,
        items: itemsOf(accepted.map((one) => differenceView(one, context))),
        destinations: destinationsOf(accepted, approval.head?.collections ?? new Map()),
        afterwards: (person) => thenNeeded(approval, proposal, collections, person),
      },
      (signature) => submissionOf(approval, proposal, signature),
    );
  }

  /** The summary of the proposal that waits, for one more signature. Throws `CONSOLE_MOVED` when it is another one than was shown. */
  async coSign(digest: string): Promise<ShownDraft> {
    const found = await this.#found(true);
    const { approval, review, waiting, proposed } = found;
    const { document } = this.#sameProposal(found, digest);
    await (await this.#open()).prepare();
    if (review === null || waiting === null) throw new Error('a proposal that is the same is there');
    const context = this.#context(found);
    return this.#keep(
      found,
      { bytes: document.bytes, digest: review.digest, statement: review.statement },
      {
        parentVersion: approval.head?.version ?? null,
        reason: review.statement.reason,
        items: itemsOf(proposed.map((one) => differenceView(one, context))),
        destinations: destinationsOf(proposed, approval.head?.collections ?? new Map()),
        afterwards: (person) =>
          review.missing.flatMap(({ requirement, lacking }) => {
            const left = lacking - (requirement.people.includes(person) ? 1 : 0);
            const others = requirement.people.filter(
              (one) => one !== person && !review.signers.includes(one),
            );
            return left > 0 ? [`then ${left} more of ${others.join(', ')} must sign`] : [];
          }),
      },
      (signature) => ({ bytes: document.bytes, signature, records: new Map() }),
    );
  }

  /** Signs a draft, with the SSH key of this machine or as a passkey has signed it already, and hands it in. */
  async sign(id: string, answer: PasskeyAnswer | null): Promise<ShownSigned> {
    const drafted = this.#drafts.get(id);
    if (drafted === undefined) {
      throw new ConsoleError(
        'CONSOLE_MOVED',
        'this summary is too old: look at what is there now, and sign that',
      );
    }
    const found = await this.#found(false);
    const { person, armored } = await this.#signature(found, drafted, answer);
    const { shown } = drafted;
    await this.#exclusive(async () => (await this.#open()).submit(drafted.submission(armored)));
    this.#drafts.clear();
    this.#last = null;
    const after = await this.#found(true);
    const step = after.approval.chain.steps.find((one) => one.digest === shown.digest);
    const signed = { person, version: shown.version, digest: shown.digest };
    if (step !== undefined) {
      this.#say(`baseline ${shown.version} is in force, signed by ${step.signers.join(', ')}`);
      return { ...signed, installed: true, signers: step.signers, lacking: [] };
    }
    if (after.review?.digest !== shown.digest) {
      throw new BaselineError(
        'BASELINE_PROPOSAL_STALE',
        'What was signed is neither in force nor waiting: somebody withdrew it meanwhile.',
      );
    }
    const { signers, missing } = after.review;
    this.#say(`baseline ${shown.version} is signed by ${signers.join(', ')}, and waits for others`);
    const command = `tillwarden approve ${this.site}`;
    const lacking = lackingLines(missing, signers, command).map((line) => line.trim());
    return { ...signed, installed: false, signers, lacking };
  }

  /** Has changes marked as hostile, and everybody told: at once, or by word left for the daemon of this machine. */
  async reject(ids: readonly string[]): Promise<RejectionOutcome | LeftWord> {
    const found = await this.#found(true);
    const there = new Set(found.differences.map(({ fingerprint }) => fingerprint));
    const outcome = await this.#exclusive(async () =>
      (await this.#open()).reject(ids.filter((id) => there.has(id))),
    );
    this.#say(`${ids.length} changes called hostile`);
    this.#last = null;
    return outcome;
  }

  /** Removes the proposal that was shown. Throws `CONSOLE_MOVED` when it is another one by now. */
  async withdraw(digest: string): Promise<boolean> {
    this.#sameProposal(await this.#found(true), digest);
    const withdrawn = await this.#exclusive(async () => (await this.#open()).withdraw());
    this.#say('the proposal that waited is withdrawn');
    this.#last = null;
    return withdrawn;
  }

  #sameProposal({ review, waiting }: Found, digest: string): PendingProposal {
    if (review?.digest === digest && waiting !== null) return waiting;
    throw new ConsoleError('CONSOLE_MOVED', 'the proposal that was shown does not wait any more');
  }

  async #signature(
    { approval }: Found,
    { bytes, shown }: Drafted,
    answer: PasskeyAnswer | null,
  ): Promise<{ readonly person: string; readonly armored: string }> {
    const what = `baseline ${shown.version} (sha256:${shown.digest}), ${shown.items.length} accepted`;
    if (answer !== null) {
      const own = passkeysOf(approval.trust, this.#options.origin);
      const signature = signatureOf(own, answer, bytes, NAMESPACES.baseline);
      this.#say(`${what}: signed by the passkey of ${signature.person}`);
      return signature;
    }
    const signer = findSigner(this.#options.context.env, approval.trust.keyring, this.#options.key);
    this.#say(`hands over for signing ${what}, to the key of ${signer.person}; ssh-keygen may ask here`);
    return { person: signer.person, armored: await signDocument(signer, bytes) };
  }

  #keep(
    { approval }: Found,
    { bytes, digest, statement }: Pick<Proposal, 'bytes' | 'digest' | 'statement'>,
    words: Pick<ShownDraft, 'parentVersion' | 'reason' | 'items' | 'destinations'> & {
      readonly afterwards: (person: string) => string[];
    },
    submission: Drafted['submission'],
  ): ShownDraft {
    const { afterwards, ...rest } = words;
    const signer = findSignerOrNull(this.#options, approval.trust.keyring);
    const passkeys = new Set(passkeysOf(approval.trust, this.#options.origin).map(({ person }) => person));
    const shown: ShownDraft = {
      ...rest,
      draft: randomBytes(16).toString('hex'),
      digest,
      version: statement.version,
      expiresMs: Date.parse(statement.expires),
      signers: [
        ...(signer === null
          ? []
          : [{ by: 'ssh' as const, person: signer.person, afterwards: afterwards(signer.person) }]),
        ...[...passkeys].map((person) => ({
          by: 'passkey' as const,
          person,
          afterwards: afterwards(person),
        })),
      ],
      challenge: passkeyChallenge(NAMESPACES.baseline, bytes).toString('base64url'),
    };
    const [oldest] = this.#drafts.size >= MAX_DRAFTS ? this.#drafts.keys() : [];
    if (oldest !== undefined) this.#drafts.delete(oldest);
    this.#drafts.set(shown.draft, { shown, bytes, submission });
    return shown;
  }

  #signer({ approval }: Found): Signer | CliError | BaselineError {
    try {
      return findSigner(this.#options.context.env, approval.trust.keyring, this.#options.key);
    } catch (error) {
      if (error instanceof CliError || error instanceof BaselineError) return error;
      throw error;
    }
  }

  #context({ observed }: Found): DifferenceViewContext {
    const { definitions, hostile } = observed;
    return { rules: this.#backend?.rules ?? [], definitions, hostile };
  }

  #firstLines({ observed }: Found): string[] {
    const { sourceKinds } = this.#options.context;
    const terminal = { ...this.#options.context.terminal, paint: (_style: unknown, text: string) => text };
    return firstBaselineLines({ terminal, sourceKinds }, observed.collections);
  }

  #pendingView(found: Found): ShownPending | null {
    const { review, proposed, observed } = found;
    if (review === null) return null;
    const { statement, digest, signers, missing, collections } = review;
    const context = this.#context(found);
    const command = `tillwarden approve ${this.site}`;
    return {
      digest,
      version: statement.version,
      signers,
      lacking: lackingLines(missing, signers, command).map((line) => line.trim()),
      reason: partsOf(quotation({ untrusted: statement.reason }, VALUE_CHARACTERS)),
      createdMs: Date.parse(statement.created),
      expiresMs: Date.parse(statement.expires),
      differences: proposed.slice(0, DIFFERENCES_PER_PAGE).map((one) => differenceView(one, context)),
      differenceCount: proposed.length,
      moved: differencesBetween(this.site, collections, observed.collections, context.rules).length,
    };
  }

  async #found(anew: boolean): Promise<Found> {
    const look = await this.#look(anew);
    if (look.found === null) throw look.error;
    return look.found;
  }

  #look(anew: boolean) {
    return this.#exclusive(async () => {
      const nowMs = this.#options.context.clock();
      const age = this.#last === null ? FRESH_MS : Math.abs(nowMs - this.#last.atMs);
      if (this.#last !== null && !anew && age < FRESH_MS) return this.#last;
      try {
        this.#last = { found: await this.#read(nowMs), error: null, atMs: nowMs };
      } catch (error) {
        // Another connection, another memory: nothing of a server that failed is used further.
        this.#backend = null;
        this.#last = { found: null, error, atMs: nowMs };
      }
      return this.#last;
    });
  }

  async #read(atMs: number): Promise<Found> {
    const { context, site } = this.#options;
    const backend = await this.#open();
    await backend.settle();
    const look = await lookVerified(backend, new SeenHeads(context.env), context.clock);
    const { head, trust } = look.approval;
    const parent = head?.collections ?? new Map<string, never>();
    const review = look.waiting && reviewPending({ trust, site }, head, look.waiting);
    const observed = observedState(await backend.observe(parent), parent);
    return {
      ...look,
      observed,
      differences: await differencesToReview(site, parent, observed.collections, backend.rules),
      review,
      proposed:
        review === null ? [] : await differencesToReview(site, parent, review.collections, backend.rules),
      atMs,
    };
  }

  async #open(): Promise<ApprovalBackend> {
    this.#backend ??= await this.#options.open();
    return this.#backend;
  }

  #say(words: string): void {
    const { terminal, clock } = this.#options.context;
    terminal.out(`${new Date(clock()).toISOString().slice(0, 19)}Z  ${this.site}: ${words}`);
  }
}

/** What a person accepted on the page. */
export interface DraftRequest {
  readonly accepted: readonly string[];
  readonly reason: string;
  readonly renew: boolean;
  /** Collections that could not be read, for which they answer by name. */
  readonly without: readonly string[];
}

/** What could not be read is never left out silently. */
function refuseLeftOut({ missing }: ObservedState, without: readonly string[]): void {
  const left = missing.filter((name) => !without.includes(name));
  if (left.length === 0) return;
  throw new CliError(
    'CLI_NOT_ACCEPTABLE',
    `${left.join(', ')} could not be read, and a first baseline leaves nothing out silently; put that right, or answer for it by name`,
  );
}

function findSignerOrNull(
  { context, key }: DeskOptions,
  keyring: Parameters<typeof findSigner>[1],
): Signer | null {
  try {
    return findSigner(context.env, keyring, key);
  } catch (error) {
    if (error instanceof CliError || error instanceof BaselineError) return null;
    throw error;
  }
}

/** Any error as it would end a command. */
function problemOf(error: unknown): ShownDesk['problem'] {
  const [first = '', ...rest] = failureOf(error, false).lines;
  const [, code = 'CLI_INTERNAL', message = first] = /^error ([A-Z_0-9]+): (.*)$/s.exec(first) ?? [];
  return { code, message: [message, ...rest.map((line) => line.trim())].join(' ') };
}

function emptyDesk(site: string, problem: ShownDesk['problem'], atMs: number): ShownDesk {
  return {
    ...{ site, problem, version: null, expiresMs: null, signer: null, signerProblem: null, passkeys: [] },
    ...{
      differences: [],
      differenceCount: 0,
      unread: [],
      missing: [],
      first: null,
      pending: null,
      notices: [],
    },
    atMs,
  };
}
