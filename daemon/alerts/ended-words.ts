import type { Subject } from '../finding.js';
import { counted } from '../wording.js';
import type { Described } from './describe.js';

/** Words for what is well again, for a title: "source cas can be read and heard again". Never the words of what was wrong: a lock screen shows them as so. */
export function wellAgain(over: readonly Described[]): string {
  const verbs = new Map<string, Set<string>>();
  for (const { condition } of over) {
    const { subject } = condition;
    if (subject.what === 'approval') continue;
    const [what, verb] = againOf(subject);
    verbs.set(what, (verbs.get(what) ?? new Set()).add(verb));
  }
  const problems = over.filter(({ condition }) => condition.subject.what === 'approval').length;
  const collections = [...verbs].filter(([what]) => what.startsWith(COLLECTION));
  const others = [...verbs].filter(([what]) => !what.startsWith(COLLECTION));
  const one = collections.map(([what]) => what.slice(COLLECTION.length));
  return [
    ...(one.length === 0
      ? []
      : [`${one.length === 1 ? one[0] : counted(one.length, 'collection')} can be compared again`]),
    ...others.map(([what, words]) => `${what} ${[...words].sort().reverse().join(' and ')} again`),
    // Others may be left.
    ...(problems === 0 ? [] : [`${counted(problems, 'problem')} of the files that people sign gone`]),
  ].join(', ');
}

/** The consequence of what is well again, in one sentence. */
export function wellAgainMeans(over: readonly Described[]): string {
  const all = new Set(over.map(({ condition }) => condition.subject.what));
  if (all.size === 1 && all.has('config')) return 'It is read again, and takes effect.';
  if (all.size === 1 && all.has('approval'))
    return 'What was wrong with it is put right, or the file is gone.';
  if (all.size === 1 && all.has('log')) return 'It was told a day ago, and has not come again since.';
  if (all.size === 1 && all.has('indicator')) {
    return 'The record is gone or another now, or the feed names it no more.';
  }
  if (all.size === 1 && all.has('blind')) {
    return 'Changes are noticed at once again, and everything was read anew.';
  }
  return 'It is compared with what people signed again. What changed meanwhile is told by itself.';
}

/** Words for what was changed and changed back, for a title, the money first: "1 wallet route is back to the baseline after 4 min of paying elsewhere". */
export function backAgain(
  back: readonly Described[],
  lasted: (some: readonly Described[]) => string,
): string {
  const paid = back.filter(({ diverts }) => diverts);
  const others = back.filter(({ diverts }) => !diverts);
  const many = (some: readonly unknown[], what: string) =>
    `${counted(some.length, what)} ${some.length === 1 ? 'is' : 'are'} back to the baseline after`;
  return [
    ...(paid.length === 0 ? [] : [`${many(paid, 'wallet route')} ${lasted(paid)} of paying elsewhere`]),
    ...(others.length === 0 ? [] : [`${many(others, 'record')} ${lasted(others)}`]),
  ].join(', ');
}

const BOTH = 'Somebody changed it and changed it back, and nobody signed either.';

/** The consequence of what was changed back. */
export function backAgainMeans(back: readonly Described[], lasted: string): string {
  return back.some(({ diverts }) => diverts)
    ? `For ${lasted} coins may have gone to an address nobody approved. ${BOTH}`
    : BOTH;
}

const COLLECTION = 'collection ';

function againOf(
  subject: Exclude<Subject, { readonly what: 'approval' }>,
): readonly [what: string, verb: string] {
  switch (subject.what) {
    case 'unreachable':
      return [`source ${subject.source} can be`, 'read'];
    case 'blind':
      return [`source ${subject.source} can be`, 'heard'];
    case 'still':
      return [`${subject.table} is`, 'written'];
    case 'config':
      if (subject.about === 'indicators') return ['the feeds of indicators', 'are in force'];
      return subject.about === 'certificate'
        ? ['the certificate of the API', 'is one that clients accept']
        : ['the configuration on disk', 'can be used'];
    case 'log':
      return [`${subject.log} is`, 'quiet'];
    case 'indicator':
      return [`${subject.collection} is`, 'without known indicators'];
    case 'mass-change':
      return [`${subject.collection} is`, 'as signed'];
    default:
      return [`${COLLECTION}${subject.collection}`, ''];
  }
}
