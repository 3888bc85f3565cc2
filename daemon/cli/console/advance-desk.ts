import {
  BaselineError,
  NAMESPACES,
  type ReviewedSuppression,
  reviewSuppression,
  type SignedDocument,
  type VerifiedSuppression,
  verifySuppression,
} from '../../../baselines/index.js';
import { quotation } from '../../../notifiers/index.js';
import { problemText, type SiteApproval } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import { MAX_DOCUMENTS_BYTES, suppressionsSchema } from '../../http/approvals-wire.js';
import { partsOf, VALUE_CHARACTERS } from '../../views/change-view.js';
import type {
  PasskeyAnswer,
  ShownAdvance,
  ShownSignedAdvance,
  ShownSigner,
  ShownSuppression,
  ShownToSign,
} from '../../views/console-shapes.js';
import { receivedDocument } from '../approve/server-backend.js';
import { CliError } from '../errors.js';
import type { ServerClient } from '../signing/server-client.js';
import { leaveSignature } from '../signing/waiting-document.js';
import {
  pendingDocument,
  removeSuppressionById,
  suppressionsOnDisk,
  waitingSuppression,
} from '../suppress/suppression-files.js';
import { definitionsOfHead, type Listed, lackingLines, suppressedWords } from '../text/suppression-text.js';
import { expectedView } from './desk-view.js';
import { ConsoleError, shownProblem } from './errors.js';
import type { SigningKeys } from './signing-keys.js';
import type { Found, SiteReader } from './site-reader.js';
import { lackingAfter } from './summary.js';

/** Expected changes of one document that are shown: what is not shown is not signed here. */
const CHANGES_SHOWN = 200;

export interface AdvanceDeskOptions {
  readonly site: string;
  readonly reader: SiteReader;
  readonly keys: SigningKeys;
  readonly clock: () => number;
  /** The daemon that is asked, or the configuration of this machine. */
  readonly kept: { readonly client: ServerClient } | { readonly config: Config };
}

interface Read {
  readonly all: readonly Listed[];
  readonly refused: readonly string[];
  readonly leftOut: number;
}

/** What people signed in advance about a site, verified here; signed and taken away where its files are. */
export class AdvanceDesk {
  readonly #options: AdvanceDeskOptions;

  constructor(options: AdvanceDeskOptions) {
    this.#options = options;
  }

  /** Never rejects: what keeps it from being known stands in it. */
  async view(): Promise<ShownAdvance> {
    const { site, reader, kept } = this.#options;
    const withdrawElsewhere =
      'config' in kept
        ? null
        : `tillwarden expect ${site} --withdraw ID, or "mute", on the machine of the daemon`;
    try {
      const found = await reader.found();
      const { approval } = found;
      const { all, refused, leftOut } = await this.#read(approval);
      const suppressions = all.map((one) => this.#shown(found, one)).sort((a, b) => b.untilMs - a.untilMs);
      return { site, problem: null, suppressions, leftOut, refused, withdrawElsewhere };
    } catch (error) {
      const problem = shownProblem(error);
      return { site, problem, suppressions: [], leftOut: 0, refused: [], withdrawElsewhere };
    }
  }

  /** Takes one away, in force or waiting. Throws `CLI_UNKNOWN_EXCUSE`. */
  async withdraw(id: string): Promise<{ readonly was: string }> {
    const { site, kept, keys } = this.#options;
    if (!('config' in kept)) {
      throw new ConsoleError(
        'CONSOLE_INVALID',
        'it can be taken away only on the machine where its files are: "tillwarden expect" or "tillwarden mute" with --withdraw',
      );
    }
    const was = await removeSuppressionById(kept.config, site, id);
    keys.say(`${site}: ${id} is withdrawn`);
    return { was };
  }

  /**
   * Signs what waits as it was shown, and puts it into force when enough people have. Throws `CONSOLE_MOVED` when it is another one by now,
   * `CLI_UNKNOWN_EXCUSE` when it is gone, and `CLI_NOT_ACCEPTABLE` for what is over or whom it does not count for.
   */
  async sign(id: string, digest: string, answer: PasskeyAnswer | null): Promise<ShownSignedAdvance> {
    const { site, reader, kept, keys, clock } = this.#options;
    if (!('config' in kept)) throw new ConsoleError('CONSOLE_INVALID', signElsewhere(site, id));
    const { approval } = await reader.found(true);
    const { trust, head } = approval;
    const files = { config: kept.config, authority: { trust, site, baseline: head }, clock };
    const { document, review } = await pendingDocument(files, id);
    if (review.digest !== digest) {
      throw new ConsoleError('CONSOLE_MOVED', 'it is not the one that was shown; look at what is there now');
    }
    refuseOver(review, clock());
    // Before a key is asked for a signature that would be for nothing.
    const signer = answer === null ? keys.ssh(trust) : null;
    if (signer !== null && !(signer instanceof Error)) refuseUncounted(review, signer.person);
    const words = `${site}: ${id} (sha256:${digest})`;
    const toSign = { bytes: document.bytes, namespace: NAMESPACES[review.type], words };
    const { person, armored } = await keys.sign(trust, toSign, answer);
    refuseUncounted(review, person);
    const waiting = waitingSuppression(files, review, document.file);
    const after = await leaveSignature(waiting, document, { person, text: armored });
    const installed = after.missing.length === 0;
    keys.say(
      `${site}: ${id} is signed by ${after.signers.join(', ')}${installed ? ', and in force' : ', and waits'}`,
    );
    return { id, installed, signers: after.signers, lacking: this.#lacking(after) };
  }

  /** Where and by whom it can be signed, as it is shown. */
  #toSign({ trust }: SiteApproval, review: ReviewedSuppression, leftOut: number): ShownToSign {
    const { site, kept, keys, clock } = this.#options;
    const { digest, bytes, type, requirements, missing, signers } = review;
    const counts = ({ person }: ShownSigner) =>
      !signers.includes(person) && requirements.some(({ people }) => people.includes(person));
    const able = keys.shown(trust, (person) => lackingAfter(missing, signers, person)).filter(counts);
    const unsignable = !('config' in kept)
      ? signElsewhere(site, review.id)
      : clock() >= review.untilMs
        ? 'Its time is over.'
        : leftOut > 0
          ? `Not all of it is shown here: sign it with "${commandOf(type)} ${site} --sign ${review.id}", which shows all.`
          : able.length === 0
            ? 'No key here has a signature left to give.'
            : null;
    return {
      ...{ digest, challenge: keys.challenge({ namespace: NAMESPACES[type], bytes }) },
      ...{ signers: unsignable === null ? able : [], unsignable },
    };
  }

  #lacking({ id, type, missing, signers }: ReviewedSuppression): string[] {
    const command = `${commandOf(type)} ${this.#options.site} --sign ${id}`;
    if (missing.length > 0) return lackingLines(missing, signers, command).map((line) => line.trim());
    return [`enough people have signed it: ${command} puts it into force`];
  }

  async #read(approval: SiteApproval): Promise<Read> {
    const { site, kept } = this.#options;
    if ('config' in kept) {
      const { active, pending, problems } = await suppressionsOnDisk(kept.config, site, approval);
      return { all: [...active, ...pending], refused: problems.map(problemText), leftOut: 0 };
    }
    const wire = await kept.client.json('GET', `/api/sites/${site}/suppressions`, suppressionsSchema, {
      maxBytes: MAX_DOCUMENTS_BYTES,
    });
    const authority = { trust: approval.trust, site, baseline: approval.head };
    const refused: string[] = [];
    const read = <T>(documents: typeof wire.documents, verify: (document: SignedDocument) => T): T[] =>
      documents.flatMap((document) => {
        try {
          return [verify(receivedDocument(document))];
        } catch (error) {
          if (!(error instanceof BaselineError)) throw error;
          refused.push(`${error.code}: ${error.message}`);
          return [];
        }
      });
    const active = read<VerifiedSuppression>(
      wire.documents,
      (one) => verifySuppression(authority, one).suppression,
    );
    const pending = read<ReviewedSuppression>(wire.pending, (one) => reviewSuppression(authority, one));
    return { all: [...active, ...pending], refused, leftOut: wire.leftOut };
  }

  #shown(found: Found, one: Listed): ShownSuppression {
    const { site, clock } = this.#options;
    const { id, type, fromMs, untilMs, signers } = one;
    const { approval } = found;
    const { rules } = this.#options.reader.viewContext(found);
    const definitions = definitionsOfHead(approval);
    const waiting = 'missing' in one ? one : null;
    const changes = one.type === 'expectation' ? one.expectation.changes : [];
    const isOver = clock() >= untilMs;
    const leftOut = Math.max(0, changes.length - CHANGES_SHOWN);
    return {
      ...{ id, type, fromMs, untilMs, signers },
      state: isOver ? 'over' : waiting === null ? 'in force' : 'waits',
      words: suppressedWords(one, definitions),
      lacking: waiting === null ? [] : this.#lacking(waiting),
      reason: partsOf(quotation({ untrusted: one.reason }, VALUE_CHARACTERS)),
      happensUntilMs: one.type === 'expectation' ? Date.parse(one.expectation.notAfter) : null,
      changes: changes
        .slice(0, CHANGES_SHOWN)
        .map((expected) => expectedView(site, expected, { rules, definitions }, waiting !== null)),
      changesLeftOut: leftOut,
      toSign: waiting === null || isOver ? null : this.#toSign(approval, waiting, leftOut),
    };
  }
}

function commandOf(type: ReviewedSuppression['type']): string {
  return type === 'mute' ? 'tillwarden mute' : 'tillwarden expect';
}

function signElsewhere(site: string, id: string): string {
  return `It is signed where its files are, on the machine of the daemon: "tillwarden ${id.startsWith('mute') ? 'mute' : 'expect'} ${site} --sign ${id}". A daemon takes in no such signature from elsewhere.`;
}

function refuseOver({ untilMs }: ReviewedSuppression, nowMs: number): void {
  if (nowMs < untilMs) return;
  throw new CliError('CLI_NOT_ACCEPTABLE', 'its time is over; withdraw it and make a new one');
}

function refuseUncounted({ requirements, signers }: ReviewedSuppression, person: string): void {
  if (signers.includes(person))
    throw new CliError('CLI_NOT_ACCEPTABLE', `${person} has signed it already: somebody else must sign`);
  const people = [...new Set(requirements.flatMap((one) => one.people))].sort();
  if (people.includes(person)) return;
  throw new CliError(
    'CLI_NOT_ACCEPTABLE',
    `a signature of ${person} does not count for it; needed are ${people.join(', ')}`,
  );
}
