import { proposeRoot, type TrustRoot, writeRootDraft } from '../../../baselines/index.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { DAY_MS, ROOT_DAYS } from './first-root.js';
import { currentHeads, openTrustSession, readDraft } from './session.js';
import { notInForce, printDraft } from './text.js';

type Content = Pick<TrustRoot, 'people' | 'rules'>;

export interface EditOptions {
  /** Days that the draft is valid from now on; absent: what the draft has, or a year. */
  readonly days?: number;
}

/** Changes the draft of the next trust root, or begins one, and shows it. A draft that somebody signed is not touched. */
export async function editDraft(
  context: CommandContext,
  options: EditOptions,
  change: (content: Content) => Content,
): Promise<number> {
  const { terminal, clock } = context;
  const session = await openTrustSession(context);
  const { config, trust, draft } = session;
  if (draft !== null && draft.review.signers.length > 0) {
    throw new CliError(
      'CLI_DRAFT_SIGNED',
      `the draft of trust root ${draft.review.root.version} is signed by ${draft.review.signers.join(', ')}; sign it too, or withdraw it with "tillwarden trust sign --withdraw"`,
    );
  }
  const now = clock();
  const kept = draft !== null && options.days === undefined ? Date.parse(draft.review.root.expires) : null;
  const proposal = proposeRoot(trust, {
    ...change(draft?.review.root ?? trust.root),
    heads: await currentHeads(session, now),
    createdMs: now,
    expiresMs: kept ?? now + (options.days ?? ROOT_DAYS) * DAY_MS,
  });
  await writeRootDraft(config.trust.directory, proposal);
  const written = await readDraft(config, session);
  if (written !== null) printDraft(context, session, written);
  terminal.out(notInForce(context));
  return EXIT.same;
}
