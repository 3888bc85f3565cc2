import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import { wholeBook } from '../../destinations/signed-book.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { labelOf } from '../text/difference-text.js';
import type { ApproveOptions } from './approve-options.js';
import type { Difference } from './differences.js';
import { firstBaselineLines } from './first-review-text.js';
import type { ObservedState } from './observed-state.js';
import { namedDifferences, type Review, WHOLE_ID_DIGITS } from './review.js';

/**
 * The first baseline is signed as a whole, after a review: what looks wrong, what each collection holds, and all of it for who asks. With
 * `--only`, what that names: `all` of it, or collections by id. What is configured and could not be read is never left out silently: the
 * person answers for each by name. Null when they do not. Throws `CLI_NOT_ACCEPTABLE`, `CLI_UNKNOWN_CHANGE`.
 */
export async function acceptFirst(
  context: CommandContext,
  { site, indicators }: ApprovalBackend,
  observed: ObservedState,
  differences: readonly Difference[],
  { only, without }: ApproveOptions,
): Promise<Review | null> {
  const { terminal } = context;
  terminal.out(
    `First baseline of ${terminal.paint('bold', site)}: what is signed now counts as right from then on.`,
  );
  const book = await wholeBook(observed.collections);
  for (const line of firstBaselineLines(context, observed.collections, book, indicators()))
    terminal.out(line);
  let accepted = differences;
  if (only !== undefined) {
    accepted = named(differences, only);
    const shown = { digits: WHOLE_ID_DIGITS, hostile: observed.hostile };
    for (const one of differences) {
      terminal.out(`  ${accepted.includes(one) ? 'accepted' : 'left    '}  ${labelOf(one, shown)}`);
    }
    if (accepted.length === 0) return null;
  }
  return (await isAnswered(context, observed.missing, { only, without }))
    ? { accepted, rejected: [], back: null }
    : null;
}

/** A first baseline has collections only, so `all` means each of them. */
function named(differences: readonly Difference[], only: string): readonly Difference[] {
  const all = only.split(/[\s,]+/).includes('all');
  const chosen = namedDifferences(differences, only);
  return all ? differences : chosen;
}

async function isAnswered(
  { terminal }: CommandContext,
  missing: readonly string[],
  { only, without }: Partial<Record<'only' | 'without', string | undefined>>,
): Promise<boolean> {
  const answered = new Set((without ?? '').split(/[\s,]+/).filter((name) => name !== ''));
  const [unknown] = [...answered].filter((name) => !missing.includes(name));
  if (unknown !== undefined) {
    throw new CliError(
      'CLI_NOT_ACCEPTABLE',
      `--without names what is no configured collection that could not be read; ${missing.length === 0 ? 'all were read' : `those are ${missing.join(', ')}`}`,
    );
  }
  const left = missing.filter((name) => !answered.has(name));
  if (left.length === 0) return true;
  const keyboard = only === undefined ? terminal.keyboard : null;
  if (keyboard !== null) {
    const question = `${left.join(', ')} could not be read and would be left out: nobody is warned of changes there until they are signed too. sign without y · stop n ? `;
    return (await keyboard.key(question, 'yn', 'n')) === 'y';
  }
  throw new CliError(
    'CLI_NOT_ACCEPTABLE',
    `${left.join(', ')} could not be read, and a first baseline leaves nothing out silently; put that right, or answer for it with --without ${left.join(',')}`,
  );
}
