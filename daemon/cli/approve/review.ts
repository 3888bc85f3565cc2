import type { Definition } from '../../../baselines/index.js';
import { grouped } from '../../wording.js';
import { CliError } from '../errors.js';
import type { Keyboard } from '../terminal/keyboard.js';
import type { Terminal } from '../terminal/terminal.js';
import { type DifferenceContext, describeDifference, explainDifference } from '../text/difference-text.js';
import { type Difference, isAcceptable } from './differences.js';

/** What a person decided about the differences shown. What is neither stays drift as well. */
export interface Review {
  readonly accepted: readonly Difference[];
  readonly rejected: readonly Difference[];
}

const QUESTION = 'accept a · skip s · reject r · explain e · accept all the rest A · quit q ? ';

/**
 * Shows the differences one by one and asks about each. `A` accepts the remaining records, never a definition and never what somebody
 * called hostile: each of those is asked about by itself. Null when the person quits: then nothing is accepted.
 */
export async function reviewOneByOne(
  terminal: Terminal,
  keyboard: Keyboard,
  differences: readonly Difference[],
  context: DifferenceContext,
  definitions: ReadonlyMap<string, Definition>,
): Promise<Review | null> {
  const accepted: Difference[] = [];
  const rejected: Difference[] = [];
  let acceptRest = false;
  for (const [index, difference] of differences.entries()) {
    terminal.out(`\n${index + 1}/${differences.length}`);
    for (const line of describeDifference(terminal, difference, context, definitions)) terminal.out(line);
    if (!isAcceptable(difference)) {
      terminal.out(
        '  cannot be signed: put it right in the database, so that each record has a key of its own',
      );
      continue;
    }
    const hostile = context.hostile?.has(difference.fingerprint) ?? false;
    const alike = difference.what === 'record' && !hostile;
    const rest = acceptRest && alike;
    const answer = rest ? 'a' : await ask(terminal, keyboard, difference, definitions);
    if (answer === 'q') return null;
    if (answer === 'A') acceptRest = true;
    if (answer === 'r') rejected.push(difference);
    if (answer === 'a' || (answer === 'A' && alike)) accepted.push(difference);
    if (answer === 'A' && !alike) {
      const what = hostile ? 'what somebody called hostile' : 'a definition';
      terminal.out(`  left as it is: A accepts records, ${what} needs its own a`);
    }
  }
  return { accepted, rejected };
}

async function ask(
  terminal: Terminal,
  keyboard: Keyboard,
  difference: Difference,
  definitions: ReadonlyMap<string, Definition>,
): Promise<string> {
  for (;;) {
    const answer = await keyboard.key(QUESTION, 'asreAq', 'q');
    if (answer !== 'e') return answer;
    for (const line of explainDifference(difference, definitions)) terminal.out(`  ${line}`);
  }
}

/**
 * What `--only` names: `all` (every record that can be signed), and ids, that is at least four first digits of a
 * fingerprint. Definitions and what somebody called hostile must be named. Throws `CLI_UNKNOWN_CHANGE` and `CLI_NOT_ACCEPTABLE`.
 */
export function namedDifferences(
  differences: readonly Difference[],
  only: string,
  hostile: Pick<ReadonlyMap<string, unknown>, 'has'> = new Map(),
): Difference[] {
  const chosen = new Set<Difference>();
  const tokens = only.split(/[\s,]+/).filter((part) => part !== '');
  for (const [index, token] of tokens.entries()) {
    if (token === 'all') {
      for (const one of differences)
        if (one.what === 'record' && isAcceptable(one) && !hostile.has(one.fingerprint)) chosen.add(one);
      continue;
    }
    const [found, ...others] = /^[0-9a-f]{4,64}$/.test(token)
      ? differences.filter(({ fingerprint }) => fingerprint.startsWith(token))
      : [];
    if (found === undefined || others.length > 0) {
      throw new CliError(
        'CLI_UNKNOWN_CHANGE',
        `entry ${index + 1} of --only names ${found === undefined ? 'no change that is there now' : 'several changes'}; "tillwarden check" prints the ids`,
      );
    }
    if (!isAcceptable(found)) {
      throw new CliError(
        'CLI_NOT_ACCEPTABLE',
        'a change with a duplicate or missing key cannot be signed; put it right in the database',
      );
    }
    chosen.add(found);
  }
  return differences.filter((one) => chosen.has(one));
}

/** "accepted 2 records of terminals": the reason of a statement when its signer gives none. */
export function defaultReason(accepted: readonly Difference[]): string {
  const counts = new Map<string, number>();
  const definitions: string[] = [];
  for (const one of accepted) {
    if (one.what === 'collection') definitions.push(one.name);
    else counts.set(one.change.collection, (counts.get(one.change.collection) ?? 0) + 1);
  }
  const parts = [
    ...(definitions.length > 0 ? [`the definition of ${definitions.join(', ')}`] : []),
    ...[...counts].map(([collection, count]) => `${grouped(count, 'record')} of ${collection}`),
  ];
  return parts.length === 0 ? 'renewed as it is' : `accepted ${parts.join(', ')}`.slice(0, 2000);
}
