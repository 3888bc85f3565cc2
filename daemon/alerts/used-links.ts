import { decodeValue, parseRecordLine } from '../../baselines/index.js';
import type { Condition } from '../finding.js';
import { mayComeOfLink } from '../policy/link-ended.js';
import type { ChangeSubject } from './quoting.js';
import type { TitlePart } from './title.js';

/** Shorter names are shared by chance. */
const LEAST_CHARACTERS = 2;

/**
 * Tells an access link together with what came of it: a new user of the invited name, another password of the user it was for, the machine of
 * the pairing code. The title names the effect, and that a link was used; the link stands among the changes as ever.
 */
export function withUsedLinks<T extends TitlePart & { readonly condition: Condition }>(
  all: readonly T[],
): readonly T[] {
  const links = all.filter(({ condition: { subject } }) => isUsedLink(subject));
  if (links.length === 0) return all;
  const named = new Map<string, T[]>();
  for (const link of links) {
    for (const name of namesOfLink(link.condition.subject)) {
      const others = named.get(name);
      if (others === undefined) named.set(name, [link]);
      else others.push(link);
    }
  }
  const effects = new Set<T>();
  const used = new Set<T>();
  for (const one of all) {
    // Each record is taken apart once: there may be a thousand links, and as many machines that came of them.
    for (const value of valuesOfEffect(one.condition.subject)) {
      const found = named.get(value);
      if (found === undefined) continue;
      effects.add(one);
      for (const link of found) used.add(link);
      named.set(value, []);
    }
  }
  return all.map((one) => {
    if (used.has(one)) return { ...one, inTitle: false };
    if (!effects.has(one)) return one;
    return {
      ...one,
      group: `${one.group} by a link`,
      words: (count: number) =>
        `${one.words(count)}, by ${count === 1 ? 'an access link' : 'access links'} that ${count === 1 ? 'was' : 'were'} used`,
    };
  });
}

/**
 * Those of `told` that belong to one of `news`: what was told already of a link that is gone now, and links that were told as gone before what came of them
 * was seen. Both are written at one instant; the look at one of them may take longer than what it found before may wait.
 */
export function toldOfLinks(told: readonly Condition[], news: readonly Condition[]): readonly Condition[] {
  const names = new Set(
    news.flatMap(({ subject }) => (isUsedLink(subject) ? [...namesOfLink(subject)] : [])),
  );
  const values = new Set(news.flatMap(({ subject }) => valuesOfEffect(subject)));
  return told.filter(({ subject }) =>
    isUsedLink(subject)
      ? [...namesOfLink(subject)].some((name) => values.has(name))
      : valuesOfEffect(subject).some((value) => names.has(value)),
  );
}

function isUsedLink(subject: Condition['subject']): subject is ChangeSubject {
  return (
    subject.what === 'change' &&
    subject.kind === 'access-link' &&
    subject.type === 'removed' &&
    subject.linkEnded !== 'expired'
  );
}

function namesOfLink(subject: Condition['subject']): ReadonlySet<string> {
  if (subject.what !== 'change' || subject.before === null) return new Set();
  const names = parseRecordLine(subject.before).key.map(plain);
  return new Set(names.filter((name) => name.length >= LEAST_CHARACTERS));
}

/** The values of a new or changed user, and of a new machine: what a link may have been for. */
function valuesOfEffect(subject: Condition['subject']): readonly string[] {
  if (subject.what !== 'change' || !mayComeOfLink({ subject })) return [];
  return subject.after.flatMap((line) => {
    const { key, fields } = parseRecordLine(line);
    return [...key, ...fields.values()].map(plain);
  });
}

function plain(encoded: string | null): string {
  const value = encoded === null ? null : decodeValue(encoded);
  return value?.form === 'text' ? value.text : '';
}
