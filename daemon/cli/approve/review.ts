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
  /** Asks the last question anew, with what was decided before it. Null where nobody was asked. */
  readonly back: (() => Promise<Review | null>) | null;
}

const QUESTION = 'accept a · skip s · reject r · explain e · accept all the rest A · go back b · quit q ? ';

/**
 * Shows the differences one by one and asks about each. `A` accepts the remaining records, never a definition and never what somebody
 * called hostile: each of those is asked about by itself. `b` takes the last answer back. Null when the person quits: then nothing is accepted.
 */
export function reviewOneByOne(
  terminal: Terminal,
  keyboard: Keyboard,
  differences: readonly Difference[],
  context: DifferenceContext,
  definitions: ReadonlyMap<string, Definition>,
): Promise<Review | null> {
  return new OneByOne(terminal, keyboard, differences, context, definitions).from(0);
}

class OneByOne {
  /** By the place of the difference. */
  readonly #answers = new Map<number, 'a' | 's' | 'r'>();
  /** Places of those that were asked about, in order. */
  readonly #asked: number[] = [];
  #acceptRest = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly keyboard: Keyboard,
    private readonly differences: readonly Difference[],
    private readonly context: DifferenceContext,
    private readonly definitions: ReadonlyMap<string, Definition>,
  ) {}

  async from(start: number): Promise<Review | null> {
    for (let place = start; place < this.differences.length; ) {
      const next = await this.#decide(place);
      if (next === null) return null;
      place = next;
    }
    const decided = (answer: 'a' | 'r') =>
      this.differences.filter((_, place) => this.#answers.get(place) === answer);
    const back = this.#asked.length === 0 ? null : () => this.from(this.#takeBack());
    return { accepted: decided('a'), rejected: decided('r'), back };
  }

  /** Forgets the last answer and all that followed from it. Returns its place. */
  #takeBack(): number {
    const place = this.#asked.pop() ?? 0;
    for (const later of [...this.#answers.keys()].filter((one) => one >= place)) this.#answers.delete(later);
    this.#acceptRest = false;
    return place;
  }

  /** True when it differs only because the database is another one, and that was accepted. */
  #goesAlong(difference: Difference): boolean {
    if (difference.what === 'collection' || difference.follows === undefined) return false;
    if (this.context.hostile?.has(difference.fingerprint) === true) return false;
    const lead = this.differences.findIndex(({ fingerprint }) => fingerprint === difference.follows);
    return this.#answers.get(lead) === 'a';
  }

  /** The place to go on with; null to stop. */
  async #decide(place: number): Promise<number | null> {
    const { terminal, differences, context, definitions } = this;
    const difference = differences[place];
    if (difference === undefined) return place + 1;
    if (this.#goesAlong(difference)) {
      this.#answers.set(place, 'a');
      return place + 1;
    }
    terminal.out(`\n${place + 1}/${differences.length}`);
    for (const line of describeDifference(terminal, difference, context, definitions)) terminal.out(line);
    if (!isAcceptable(difference)) {
      terminal.out(
        '  cannot be signed: put it right in the database, so that each record has a key of its own',
      );
      return place + 1;
    }
    const hostile = context.hostile?.has(difference.fingerprint) ?? false;
    const alike = difference.what === 'record' && !hostile;
    if (this.#acceptRest && alike) {
      this.#answers.set(place, 'a');
      return place + 1;
    }
    const answer = await ask(terminal, this.keyboard, difference, definitions);
    if (answer === 'q') return null;
    if (answer === 'b') {
      if (this.#asked.length > 0) return this.#takeBack();
      terminal.out('  this is the first');
      return place;
    }
    this.#asked.push(place);
    if (answer === 'A') this.#acceptRest = true;
    if (answer === 's' || answer === 'r') this.#answers.set(place, answer);
    if (answer === 'a' || (answer === 'A' && alike)) this.#answers.set(place, 'a');
    if (answer === 'A' && !alike) {
      const what = hostile ? 'what somebody called hostile' : 'a definition';
      terminal.out(`  left as it is: A accepts records, ${what} needs its own a`);
    }
    return place + 1;
  }
}

async function ask(
  terminal: Terminal,
  keyboard: Keyboard,
  difference: Difference,
  definitions: ReadonlyMap<string, Definition>,
): Promise<string> {
  for (;;) {
    const answer = await keyboard.key(QUESTION, 'asreAbq', 'q');
    if (answer !== 'e') return answer;
    for (const line of explainDifference(difference, definitions)) terminal.out(`  ${line}`);
  }
}

/**
 * What `--only` names: `all` (every record that can be signed), and ids, that is at least four first digits of a
 * fingerprint; the one of another database names what differs only for that reason as well. Definitions and what somebody called hostile must be named. Throws `CLI_UNKNOWN_CHANGE` and `CLI_NOT_ACCEPTABLE`.
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
    for (const one of differences) {
      if (one.what === 'record' && one.follows === found.fingerprint && !hostile.has(one.fingerprint))
        chosen.add(one);
    }
  }
  return differences.filter((one) => chosen.has(one));
}

/**
 * Digits of an id for which nobody finds two changes (docs/adr/0130). For fewer whoever may write to the database finds them: one to be
 * looked at, and one to be signed.
 */
export const WHOLE_ID_DIGITS = 32;

/** Whether what `--only` says can be nothing but what was looked at, so that nobody need be asked. */
function saysWhich(only: string): boolean {
  return only
    .split(/[\s,]+/)
    .every((token) => token === '' || token === 'all' || token.length >= WHOLE_ID_DIGITS);
}

/**
 * The keyboard on which the last question is asked, before anything is signed; null where nobody need be asked. Throws `CLI_NOT_INTERACTIVE`
 * where somebody must be and cannot.
 */
export function lastQuestion({ keyboard }: Terminal, only: string | undefined): Keyboard | null {
  if (only !== undefined && saysWhich(only)) return null;
  if (keyboard !== null || only === undefined) return keyboard;
  throw new CliError(
    'CLI_NOT_INTERACTIVE',
    `nobody can be asked here, and for an id of fewer than ${WHOLE_ID_DIGITS} digits another change can be made than the one that was looked at; give them whole, as "--only ''" and "tillwarden check --json" print them`,
  );
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
