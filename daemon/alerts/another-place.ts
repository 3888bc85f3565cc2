import type { Condition } from '../finding.js';
import { placeChange } from '../policy/sensor-reach.js';
import { counted } from '../wording.js';
import type { TitlePart } from './title.js';

interface Placed extends TitlePart {
  readonly condition: Condition;
  readonly consequence: string;
  readonly place?: 'another' | 'follows';
}

/**
 * Tells a move as one: the record of a database that says it is another cluster, database or version leads, and what differs only in what another
 * place writes otherwise stands last and in no title.
 */
export function withAnotherPlace<T extends Placed>(all: readonly T[]): readonly T[] {
  const places = all.map(({ condition: { subject } }) =>
    subject.what === 'change' && subject.kind === 'sensor' ? placeChange(subject.type, subject) : null,
  );
  const moved = new Set(
    all.flatMap((one, index) => (places[index] === 'another' ? [collectionOf(one.condition)] : [])),
  );
  if (moved.size === 0) return all;
  const isFollower = (one: T, index: number) =>
    places[index] === 'follows' && moved.has(collectionOf(one.condition));
  const followers = all.filter(isFollower);
  return all.map((one, index): T => {
    if (isFollower(one, index)) return { ...one, inTitle: false, place: 'follows' };
    if (places[index] !== 'another') return one;
    const own = followers.filter(
      ({ condition }) => collectionOf(condition) === collectionOf(one.condition),
    ).length;
    return { ...one, place: 'another', consequence: `${one.consequence}${withIt(own)}` };
  });
}

function withIt(count: number): string {
  if (count === 0) return '';
  const [differ, are] = count === 1 ? ['differs', 'is'] : ['differ', 'are'];
  return ` ${counted(count, 'other object')} of it ${differ} only in what another place writes otherwise, and ${are} approved along with it.`;
}

function collectionOf({ subject }: Condition): string | null {
  return 'collection' in subject ? subject.collection : null;
}
