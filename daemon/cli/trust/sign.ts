import {
  installTrustRoot,
  NAMESPACES,
  type PinnedHead,
  proposeRoot,
  type ReviewedRoot,
  removeRootDraft,
  reviewRoot,
  signRootDraft,
  type TrustRoot,
  writeRootDraft,
} from '../../../baselines/index.js';
import { problemText } from '../../approvals/approval.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { ROOT_CHAIN } from '../signing/seen-heads.js';
import { findSigner, type Signer } from '../signing/signer.js';
import { readTrust } from '../signing/verified-files.js';
import {
  installWaitingDocument,
  signWaitingDocument,
  type WaitingDocument,
} from '../signing/waiting-document.js';
import { DAY_MS, ROOT_DAYS } from './first-root.js';
import { currentHeads, type Draft, openTrustSession, readDraft, type TrustSession } from './session.js';
import { notInForce, printDraft, printMissing, signedBy } from './text.js';

export interface TrustSignOptions {
  readonly key?: string;
  /** Digest of the draft to sign without being asked, whole: of a part of it somebody could find another draft. */
  readonly accept?: string;
  /** Make a draft that changes nothing but the dates. */
  readonly renew?: boolean;
  readonly days?: number;
  readonly withdraw?: boolean;
}

/** `tillwarden trust sign`: shows the draft against the root in force, asks, signs, and installs it once enough people have. */
export async function trustSign(context: CommandContext, options: TrustSignOptions): Promise<number> {
  const { terminal, env } = context;
  const { renew = false, accept } = options;
  if (options.withdraw) return withdraw(context);
  if (renew && accept !== undefined) {
    throw new CliError('CLI_USAGE', 'nobody can have looked at a draft that --renew is about to make');
  }
  if (terminal.keyboard === null && accept === undefined && !renew) {
    throw new CliError(
      'CLI_NOT_INTERACTIVE',
      'nobody can be asked here: run it on a terminal, or give with --accept the digest that "tillwarden trust show" prints',
    );
  }
  const session = await openTrustSession(context);
  const draft = await draftToSign(context, session, options);
  printDraft(context, session, draft);
  if (terminal.keyboard === null && renew) {
    terminal.out(notInForce(context));
    return EXIT.same;
  }
  const signer = findSigner(env, draft.review.keyring, options.key);
  if (draft.review.signers.includes(signer.person)) {
    terminal.out(`${signer.person} has signed it already.`);
    return report(context, session, await installWaitingDocument(rootDraft(context, session)));
  }
  if (!(await isConfirmed(context, draft, signer, accept))) {
    terminal.out('Nothing was signed. The trust root in force stays.');
    return EXIT.refused;
  }
  const kind = rootDraft(context, session);
  return report(context, session, await signWaitingDocument(kind, signer, draft.document));
}

/** A draft that cannot be used any more must be possible to withdraw, so nothing of it is read. */
async function withdraw(context: CommandContext): Promise<number> {
  const { directory } = (await openConfig(context, 'none')).trust;
  const removed = await removeRootDraft(directory);
  context.terminal.out(
    removed.length === 0 ? 'No draft was pending.' : 'The draft of the trust root is withdrawn.',
  );
  return EXIT.same;
}

/**
 * The draft as it is signed: it pins the heads that count now. A draft nobody has signed is brought up to date; one that somebody
 * has signed is refused when a baseline was installed since.
 */
export async function draftToSign(
  { clock, terminal }: CommandContext,
  session: TrustSession,
  { renew = false, days }: Pick<TrustSignOptions, 'renew' | 'days'>,
): Promise<Draft> {
  const { draft, trust, config } = session;
  if (draft === null && !renew) {
    throw new CliError(
      'CLI_NO_DRAFT',
      'no draft of a trust root waits for signatures; "tillwarden trust add", "remove" and "rule" make one, and --renew makes one that changes nothing but the dates',
    );
  }
  if (draft !== null && renew) {
    throw new CliError('CLI_USAGE', 'a draft is pending already; sign or withdraw it before --renew');
  }
  const now = clock();
  const heads = await currentHeads(session, now);
  const root = draft?.review.root;
  if (draft !== null && root !== undefined && sameHeads(root.heads, heads)) return draft;
  if (draft !== null && draft.review.signers.length > 0) throw outgrown(draft.review.root);
  const proposal = proposeRoot(trust, {
    ...(root ?? trust.root),
    heads,
    createdMs: now,
    expiresMs: root === undefined ? now + (days ?? ROOT_DAYS) * DAY_MS : Date.parse(root.expires),
  });
  if (root !== undefined)
    terminal.out('A baseline was installed since the draft was made; it is pinned now.');
  await writeRootDraft(config.trust.directory, proposal);
  return theDraft(session);
}

async function theDraft(session: TrustSession): Promise<Draft> {
  const draft = await readDraft(session.config, session);
  if (draft !== null) return draft;
  throw new CliError(
    'CLI_NO_DRAFT',
    'the draft has been removed meanwhile; look at what is there now with "tillwarden trust show"',
  );
}

async function isConfirmed(
  { terminal }: CommandContext,
  { review }: Draft,
  { person }: Signer,
  accept: string | undefined,
): Promise<boolean> {
  if (accept === undefined) {
    return (await terminal.keyboard?.key(`\n${person} signs it: yes y · no n ? `, 'yn', 'n')) === 'y';
  }
  const digits = accept.replace(/^sha256:/, '');
  if (review.digest === digits) return true;
  throw new CliError(
    'CLI_DRAFT_CHANGED',
    review.digest.startsWith(digits)
      ? '--accept names the beginning of a digest, and somebody could make another draft that begins so; give all 64 digits that "tillwarden trust show" prints'
      : 'this draft has another digest than --accept names; look at it again with "tillwarden trust show"',
  );
}

/** The draft as a document that waits: enough people of both roots must sign it, and the heads it pins must still be those that count. */
export function rootDraft({ clock }: CommandContext, session: TrustSession): WaitingDocument<ReviewedRoot> {
  const { config, trust } = session;
  const { directory } = config.trust;
  return {
    namespace: NAMESPACES.root,
    directory,
    review: (document) => reviewRoot(trust, document),
    isEnough,
    leave: (document, signature) => signRootDraft(directory, document, signature),
    waiting: async () => (await theDraft(session)).document,
    install: async (document, { root }) => {
      if (!sameHeads(root.heads, await currentHeads(session, clock()))) throw outgrown(root);
      await installTrustRoot(directory, document);
    },
    confirm: async ({ digest }) => {
      const installed = await readTrust(config);
      if (installed.trust.digest === digest) return;
      const why = installed.problems.map(problemText).join(' ');
      throw new CliError(
        'CLI_CHAIN_BROKEN',
        `what was installed does not count; see "tillwarden verify". ${why}`,
      );
    },
    clear: async () => void (await removeRootDraft(directory)),
  };
}

/** Enough people of both roots have signed. */
export function isEnough({ missing }: ReviewedRoot): boolean {
  return missing.byParent.length + missing.byItself.length === 0;
}

/** What became of the draft. */
function report(context: CommandContext, { config, seen }: TrustSession, review: ReviewedRoot): number {
  const { terminal } = context;
  const { version } = review.root;
  if (!isEnough(review)) {
    terminal.out(`Trust root ${version} is ${signedBy(review)} and waits.`);
    printMissing(context, review);
    return EXIT.same;
  }
  seen.remember(config.trust.root, ROOT_CHAIN, { version, digest: review.digest });
  terminal.out(`${terminal.paint('green', 'Installed')}: trust root ${version}, ${signedBy(review)}.`);
  return EXIT.same;
}

function sameHeads(some: readonly PinnedHead[], others: readonly PinnedHead[]): boolean {
  const text = (heads: readonly PinnedHead[]) =>
    heads.map(({ site, version, statement }) => `${site} ${version} ${statement}`).join('\n');
  return text(some) === text(others);
}

function outgrown({ version }: TrustRoot): CliError {
  return new CliError(
    'CLI_DRAFT_OUTGROWN',
    `a baseline was installed or taken away since the draft of trust root ${version} was signed, and it does not pin it; withdraw the draft ("tillwarden trust sign --withdraw"), make it anew and sign before the next baseline`,
  );
}
