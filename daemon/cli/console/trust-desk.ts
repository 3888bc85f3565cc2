import { BaselineError, NAMESPACES, reviewRoot, rootDifference } from '../../../baselines/index.js';
import {
  accountWords,
  keyWords,
  rootDifferenceWords,
  rootWarnings,
  rotationWarnings,
  ruleWords,
} from '../../alerts/trust-words.js';
import { problemText, type TrustReading, verifyRoots } from '../../approvals/approval.js';
import { MAX_DOCUMENTS_BYTES, trustSchema } from '../../http/approvals-wire.js';
import type {
  PasskeyAnswer,
  ShownProblem,
  ShownRootDraft,
  ShownSignedRoot,
  ShownTrust,
} from '../../views/console-shapes.js';
import { receivedDirectory, receivedDocument } from '../approve/server-backend.js';
import type { CommandContext } from '../command.js';
import { ROOT_CHAIN, SeenHeads } from '../signing/seen-heads.js';
import type { ServerClient } from '../signing/server-client.js';
import { leaveSignature } from '../signing/waiting-document.js';
import { type Draft, openTrustSession } from '../trust/session.js';
import { draftToSign, isEnough, rootDraft } from '../trust/sign.js';
import { missingLines, signedBy } from '../trust/text.js';
import { ConsoleError, shownProblem } from './errors.js';
import type { SigningKeys } from './signing-keys.js';

export interface TrustDeskOptions {
  /** With the file that the console works with. */
  readonly context: CommandContext;
  readonly keys: SigningKeys;
  /** The daemon that is asked, and the pin of this machine; null for the files of this machine. */
  readonly elsewhere: { readonly client: ServerClient; readonly pin: string } | null;
}

interface Read {
  readonly reading: TrustReading;
  readonly draft: Pick<Draft, 'review'> | null;
  readonly draftProblem: ShownProblem | null;
}

/** Whose keys count, and the draft of the next trust root: verified here, and signed where its files are. */
export class TrustDesk {
  readonly #options: TrustDeskOptions;

  constructor(options: TrustDeskOptions) {
    this.#options = options;
  }

  /** Never rejects: what keeps it from being known stands in it. */
  async view(): Promise<ShownTrust> {
    try {
      const { reading, draft, draftProblem } = await this.#read();
      const { trust, problems } = reading;
      const { people, rules, heads } = trust.root;
      return {
        problem: null,
        ...{ version: trust.version, digest: trust.digest, expiresMs: trust.expiresMs },
        people: people.map(({ name, roles, keys, accounts = [] }) => ({
          ...{ name, roles, lines: [...keys.map(keyWords), ...accounts.map(accountWords)] },
        })),
        rules: rules.map(ruleWords),
        heads: heads.map(
          ({ site, version, statement }) => `${site} from baseline ${version} on, sha256:${statement}`,
        ),
        warnings: rootWarnings(trust.root),
        notices: problems.map(problemText),
        draft: draft === null ? null : this.#shownDraft(reading, draft),
        draftProblem,
      };
    } catch (error) {
      const none = { people: [], rules: [], heads: [], warnings: [], notices: [], draft: null };
      return {
        ...none,
        problem: shownProblem(error),
        version: 0,
        digest: '',
        expiresMs: 0,
        draftProblem: null,
      };
    }
  }

  /** Signs the draft that was shown, and puts it into force when enough people have. Throws `CONSOLE_MOVED` when it is another by now. */
  async sign(digest: string, answer: PasskeyAnswer | null): Promise<ShownSignedRoot> {
    const { context, keys, elsewhere } = this.#options;
    if (elsewhere !== null) throw new ConsoleError('CONSOLE_INVALID', SIGN_THERE);
    const session = await openTrustSession(context);
    const { document, review } = await draftToSign(context, session, {});
    if (review.digest !== digest) {
      throw new ConsoleError(
        'CONSOLE_MOVED',
        'the draft is not the one that was shown any more; look at what is there now',
      );
    }
    const words = `trust root ${review.root.version} (sha256:${digest})`;
    const toSign = { bytes: document.bytes, namespace: NAMESPACES.root, words };
    const { person, armored } = await keys.sign(review, toSign, answer);
    const after = await leaveSignature(rootDraft(context, session), document, { person, text: armored });
    const installed = isEnough(after);
    if (installed) {
      session.seen.remember(session.config.trust.root, ROOT_CHAIN, { version: after.root.version, digest });
    }
    keys.say(
      `trust root ${after.root.version} is ${signedBy(after)}${installed ? ', and in force' : ', and waits'}`,
    );
    return {
      version: after.root.version,
      installed,
      signedBy: signedBy(after),
      lacking: missingLines(after),
    };
  }

  async #read(): Promise<Read> {
    const { context, elsewhere } = this.#options;
    if (elsewhere === null) {
      const session = await openTrustSession(context);
      return { reading: session, draft: session.draft, draftProblem: null };
    }
    const { client, pin } = elsewhere;
    const { roots, draft } = await client.json('GET', '/api/trust', trustSchema, {
      maxBytes: MAX_DOCUMENTS_BYTES,
    });
    const reading = verifyRoots(
      receivedDirectory(roots, () => undefined),
      pin,
    );
    const seen = new SeenHeads(context.env);
    seen.refuseOlder(pin, ROOT_CHAIN, reading.trust.steps);
    seen.remember(pin, ROOT_CHAIN, reading.trust);
    if (draft === null) return { reading, draft: null, draftProblem: null };
    try {
      return {
        reading,
        draft: { review: reviewRoot(reading.trust, receivedDocument(draft)) },
        draftProblem: null,
      };
    } catch (error) {
      if (!(error instanceof BaselineError)) throw error;
      return { reading, draft: null, draftProblem: shownProblem(error) };
    }
  }

  #shownDraft({ trust }: TrustReading, { review }: Pick<Draft, 'review'>): ShownRootDraft {
    const { keys, elsewhere } = this.#options;
    const { root, digest, bytes } = review;
    const changes = rootDifferenceWords(rootDifference(trust.root, root));
    const signers = elsewhere === null ? keys.shown(review, () => []) : [];
    const left = signers.filter(({ person }) => !review.signers.includes(person));
    return {
      ...{ digest, version: root.version, expiresMs: Date.parse(root.expires) },
      changes: changes.length === 0 ? ['changes nothing but the dates'] : changes,
      warnings: rotationWarnings(trust.root, root),
      signedBy: review.signers.length === 0 ? 'nobody has signed it yet' : signedBy(review),
      lacking: missingLines(review),
      signers: left,
      unsignable:
        elsewhere !== null ? SIGN_THERE : left.length > 0 ? null : 'no key here has a signature left to give',
      challenge: keys.challenge({ namespace: NAMESPACES.root, bytes }),
    };
  }
}

/** A daemon that could write its own trust directory could be made to take a root that it was given. */
const SIGN_THERE =
  'Drafts of the trust root are signed where its files are: a daemon does not write the roots that it trusts, so none is handed in to it. Run "tillwarden trust sign" there, or the console on a copy of them.';
