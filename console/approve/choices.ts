import type { ShownDifference } from '../../daemon/views/console-shapes.js';

export type Choice = 'accept' | 'skip' | 'reject';

/** What a person decided, by id of the difference: it is another one as soon as the record is another one. */
export type Choices = ReadonlyMap<string, Choice>;

/**
 * Choices with one more. What goes along with something that is accepted is accepted with it, but where somebody decided about it by itself;
 * that is taken back along with it.
 */
export function withChoice(
  choices: Choices,
  { id, leads }: Pick<ShownDifference, 'id' | 'leads'>,
  choice: Choice,
): Choices {
  const next = new Map(choices).set(id, choice);
  const wasAccepted = choices.get(id) === 'accept';
  for (const along of leads) {
    if (choice === 'accept' && !choices.has(along)) next.set(along, choice);
    else if (choice !== 'accept' && wasAccepted && choices.get(along) === 'accept') next.delete(along);
  }
  return next;
}

/** Ids that one answer covers: undecided, with what goes along and is undecided, and never what somebody called hostile. */
export function undecidedOf(all: readonly ShownDifference[], choices: Choices): ReadonlySet<string> {
  const led = all.filter(({ id, acceptable, byItself }) => acceptable && !byItself && !choices.has(id));
  return new Set(led.flatMap(({ id, leads }) => [id, ...leads]).filter((id) => !choices.has(id)));
}

/**
 * The choices that hold by what is there now. What moved is dropped; so is an acceptance of what somebody has called hostile since, and of
 * what was accepted along with something that does not lead it any more.
 */
export function holdingChoices(
  choices: Choices,
  before: readonly ShownDifference[],
  now: readonly ShownDifference[],
): Choices {
  const there = new Set(now.flatMap(({ id, leads }) => [id, ...leads]));
  const covered = new Set(before.filter(({ byItself }) => !byItself).map(({ id }) => id));
  const called = new Set(now.filter(({ id, byItself }) => byItself && covered.has(id)).map(({ id }) => id));
  const ledBy = (all: readonly ShownDifference[]) =>
    new Set(all.flatMap(({ id, leads }) => (choices.get(id) === 'accept' ? leads : [])));
  const wasLed = ledBy(before);
  const isLed = ledBy(now.filter(({ id }) => !called.has(id)));
  return new Map(
    [...choices].filter(
      ([id, choice]) =>
        there.has(id) && (choice !== 'accept' || (!called.has(id) && (!wasLed.has(id) || isLed.has(id)))),
    ),
  );
}
