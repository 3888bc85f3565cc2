import { randomBytes } from 'node:crypto';
import { NAMESPACES, type Proposal } from '../../../baselines/index.js';
import type { Submission } from '../../approvals/approval-backend.js';
import type { ShownDraft } from '../../views/console-shapes.js';
import { isAcceptable } from '../approve/differences.js';
import { draftNext, submissionOf } from '../approve/draft.js';
import type { ObservedState } from '../approve/observed-state.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { differenceView, PROPOSED_SHOWN } from './desk-view.js';
import { ConsoleError } from './errors.js';
import type { SigningKeys } from './signing-keys.js';
import { type Found, refuseOvertaken, type SiteReader, sameProposal } from './site-reader.js';
import { destinationsOf, itemsOf, lackingAfter, thenNeeded } from './summary.js';

/** A draft that nobody signed is forgotten. */
const MAX_DRAFTS = 20;

/** What a person accepted on the page. */
export interface DraftRequest {
  readonly accepted: readonly string[];
  readonly reason: string;
  readonly renew: boolean;
  /** Collections that could not be read, for which they answer by name. */
  readonly without: readonly string[];
}

/** A document that the person saw the summary of, ready to be signed. */
export interface Drafted {
  readonly shown: ShownDraft;
  readonly bytes: Uint8Array;
  /** What waits is signed in this very version, or nothing. */
  readonly submission: (signature: string) => Submission;
  /** True for one more signature to a proposal that waits. */
  readonly isWaiting: boolean;
  /** Throws `CONSOLE_MOVED` when somebody has called hostile since what is signed with it. */
  refuseCalled(found: Found): void;
}

/** The summaries that were shown for one site: nothing else is signed. What a draft is made of is read anew for it. */
export class Drafts {
  readonly #drafts = new Map<string, Drafted>();

  constructor(
    readonly options: {
      readonly context: Pick<CommandContext, 'clock'>;
      readonly site: string;
      readonly reader: SiteReader;
      readonly signers: SigningKeys;
    },
  ) {}

  /**
   * The summary of what would be signed when these are accepted. Throws `CONSOLE_MOVED` when one of them is not as it was shown, or is none any
   * more, and `CLI_NOT_ACCEPTABLE`.
   */
  async next(wanted: DraftRequest): Promise<ShownDraft> {
    const { reader, site, context } = this.options;
    const found = await reader.found(true);
    const { approval } = found;
    const accepted = acceptedOf(found, wanted);
    await (await reader.open()).prepare();
    const reason = wanted.reason.trim();
    const options = { renew: wanted.renew, ...(reason === '' ? {} : { reason }) };
    const { proposal, collections } = draftNext(site, approval, accepted, options, context.clock());
    return this.#keep(found, proposal, {
      accepted,
      afterwards: (person) => thenNeeded(approval, proposal, collections, person),
      submission: (signature) => submissionOf(approval, proposal, signature),
      isWaiting: false,
    });
  }

  /** The summary of the proposal that waits, for one more signature. Throws `CONSOLE_MOVED` when it is another one than was shown. */
  async coSign(digest: string): Promise<ShownDraft> {
    const { reader } = this.options;
    const found = await reader.found(true);
    const { review, waiting } = sameProposal(found, digest);
    // What is not shown is not signed here, with the button or with a key.
    if (found.proposed.length > PROPOSED_SHOWN) {
      throw new ConsoleError(
        'CONSOLE_INVALID',
        `it has ${found.proposed.length} differences, and ${PROPOSED_SHOWN} are shown here: co-sign it with "tillwarden approve ${this.options.site}", which shows all`,
      );
    }
    await (await reader.open()).prepare();
    const { bytes } = waiting.document;
    return this.#keep(
      found,
      { bytes, digest: review.digest, statement: review.statement },
      {
        accepted: found.proposed,
        afterwards: (person) => lackingAfter(review.missing, review.signers, person),
        submission: (signature) => ({ bytes, signature, records: new Map() }),
        isWaiting: true,
      },
    );
  }

  /** Throws `CONSOLE_MOVED` for one that was not made here, or was forgotten. */
  find(id: string): Drafted {
    const drafted = this.#drafts.get(id);
    if (drafted !== undefined) return drafted;
    throw new ConsoleError(
      'CONSOLE_MOVED',
      'this summary is too old: look at what is there now, and sign that',
    );
  }

  /** What was signed is not signed again. */
  forget(id: string): void {
    this.#drafts.delete(id);
  }

  #keep(
    found: Found,
    { bytes, digest, statement }: Pick<Proposal, 'bytes' | 'digest' | 'statement'>,
    { accepted, afterwards, submission, isWaiting }: Kept,
  ): ShownDraft {
    const { reader, signers } = this.options;
    const { head, trust } = found.approval;
    const context = reader.viewContext(found);
    const shown: ShownDraft = {
      draft: randomBytes(16).toString('hex'),
      digest,
      version: statement.version,
      parentVersion: head?.version ?? null,
      expiresMs: Date.parse(statement.expires),
      reason: statement.reason,
      ...itemsOf(accepted.map((one) => differenceView(one, context))),
      destinations: destinationsOf(accepted, head?.collections ?? new Map()),
      signers: signers.shown(trust, afterwards),
      challenge: signers.challenge({ namespace: NAMESPACES.baseline, bytes }),
    };
    const [oldest] = this.#drafts.size >= MAX_DRAFTS ? this.#drafts.keys() : [];
    if (oldest !== undefined) this.#drafts.delete(oldest);
    const known = found.observed.hostile;
    const refuseCalled = ({ observed }: Found) => refuseCalledSince(accepted, known, observed.hostile);
    this.#drafts.set(shown.draft, { shown, bytes, submission, isWaiting, refuseCalled });
    return shown;
  }
}

interface Kept extends Pick<Drafted, 'submission' | 'isWaiting'> {
  readonly accepted: Found['differences'];
  readonly afterwards: (person: string) => string[];
}

/** What somebody called hostile is signed by whoever was shown that, and by nobody else. */
function refuseCalledSince(
  accepted: Kept['accepted'],
  known: ObservedState['hostile'],
  now: ObservedState['hostile'],
): void {
  const called = accepted.filter(({ fingerprint }) => now.has(fingerprint) && !known.has(fingerprint));
  const [first] = called.flatMap(({ fingerprint }) => now.get(fingerprint) ?? []);
  if (first === undefined) return;
  throw new ConsoleError(
    'CONSOLE_MOVED',
    `${called.length} of what would be signed was called hostile meanwhile by ${first.person}, and nothing was signed: ask why, and look again`,
  );
}

/** What of the differences was accepted, all of it as it was shown. */
function acceptedOf({ approval, differences, observed, review }: Found, wanted: DraftRequest) {
  refuseOvertaken({ review, approval }, approval.head?.version ?? null);
  const chosen = new Set(wanted.accepted);
  const accepted = differences.filter(({ fingerprint }) => chosen.has(fingerprint));
  if (accepted.length !== chosen.size) {
    throw new ConsoleError(
      'CONSOLE_MOVED',
      `${chosen.size - accepted.length} of what you accepted is not there any more as it was shown; look at what is there now`,
    );
  }
  if (!accepted.every(isAcceptable)) {
    throw new CliError(
      'CLI_NOT_ACCEPTABLE',
      'a change with a duplicate or missing key cannot be signed; put it right in the database',
    );
  }
  if (approval.head === null) refuseLeftOut(observed, wanted.without);
  if (accepted.length === 0 && !wanted.renew) {
    throw new ConsoleError('CONSOLE_INVALID', 'nothing is accepted, so there is nothing to sign');
  }
  return accepted;
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
