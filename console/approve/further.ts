import type { ShownDesk, ShownDifference } from '../../daemon/views/console-shapes.js';

/**
 * Further differences beside the first ones of a desk, as they are now. `wanted`: how many of them are shown, which may grow meanwhile; `ask`:
 * those from a place on.
 */
export async function furtherNow(
  { differences: first, differenceCount }: Pick<ShownDesk, 'differences' | 'differenceCount'>,
  wanted: () => number,
  ask: (from: number) => Promise<readonly ShownDifference[]>,
): Promise<readonly ShownDifference[]> {
  const seen = new Set(first.map(({ id }) => id));
  const more: ShownDifference[] = [];
  let from = first.length;
  while (from < Math.min(differenceCount, first.length + wanted())) {
    const answer = await ask(from);
    if (answer.length === 0) break;
    from += answer.length;
    // What moved between two answers stands in both of them.
    for (const one of answer) {
      if (!seen.has(one.id)) more.push(one);
      seen.add(one.id);
    }
  }
  return more;
}
