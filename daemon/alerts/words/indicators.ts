import { decodeValue } from '../../../baselines/index.js';
import type { AlertFact, FieldNote } from '../../../notifiers/index.js';
import type { Condition, Subject } from '../../finding.js';
import type { IndicatorKind, IndicatorMatch } from '../../indicators/indicator.js';
import { counted } from '../../wording.js';
import type { TitlePart } from '../title.js';
import { noun } from '../words.js';

type IndicatorSubject = Extract<Subject, { what: 'indicator' }>;

/** Facts about indicators in one alert; the rest is counted. */
const MOST_FACTS = 12;

const NOUNS: Readonly<Record<IndicatorKind, string>> = {
  'user-name': 'user name',
  serial: 'serial number',
  'wallet-address': 'wallet address',
  'e-mail': 'e-mail address',
  domain: 'domain',
  network: 'network address',
  hash: 'hash of a file',
  'file-name': 'file name',
  'log-pattern': 'line of a log',
};

/** The incident that a change is known from, as a title may name it; null where nothing is known, or only that a feed names an own address. */
export function knownFrom(matches: readonly IndicatorMatch[] | undefined): string | null {
  return matches?.find(({ own }) => own === undefined)?.incident ?? null;
}

/** A place of a field as it is shown: what stands there now, encoded; undefined where there is nothing now. */
interface ShownPlace {
  readonly field: string;
  readonly after: string | null | undefined;
}

/**
 * The notes of one of the places that are shown. Of a field of JSON there are many: the note stands where the value does, or, where none of them shows it, at the
 * first of that field.
 */
export function indicatorNotes(
  place: ShownPlace,
  shown: readonly ShownPlace[],
  matches: readonly IndicatorMatch[] | undefined,
): FieldNote[] {
  return (matches ?? []).flatMap((match): FieldNote[] => {
    if (match.field !== place.field) return [];
    const places = shown.filter((one) => one.field === match.field && one.after !== undefined);
    const value = match.value.trim().toLowerCase();
    const holding = places.find(({ after }) => after?.toLowerCase().includes(value) === true);
    if (place !== (holding ?? places[0])) return [];
    const { incident, feed, kind, own } = match;
    if (own !== undefined) return [{ note: 'feed-names-own', feed, label: own }];
    return [{ note: 'indicator', incident, what: NOUNS[kind] }];
  });
}

/** A record that is told because of its indicators alone, in words. */
export function indicatorWords(subject: IndicatorSubject): TitlePart & { readonly consequence: string } {
  const { collection, kind, signed, matches, records } = subject;
  const incident = knownFrom(matches);
  if (subject.key === null) {
    return {
      group: `indicators ${collection}`,
      words: () => `${counted(records, 'record', { thousands: true })} of ${collection} are known to feeds`,
      consequence:
        'A feed that matches so much is wrong, or somebody made it so. The first of them stand here one by one.',
    };
  }
  if (incident === null) {
    return {
      group: 'own address in a feed',
      words: (count) =>
        count === 1 ? 'a feed names an address of your book' : `feeds name ${count} addresses of your book`,
      consequence:
        'The feed is wrong, or somebody wrote it so that you distrust what is right. It raises nothing; look at who writes that feed.',
    };
  }
  return {
    group: `indicator ${kind} ${incident} ${signed}`,
    words: (count) => `${count} ${signed ? 'signed ' : ''}${noun(kind, count)} known from ${incident}`,
    consequence: signed
      ? 'What was found at others who were robbed stands in what people signed here. It may be harmless: the feed says what else it can be.'
      : 'What was found at others who were robbed is here. It may be harmless: the feed says what else it can be.',
  };
}

/** What is known of the records of an alert: from which incident, which value, and what else it may be. */
export function indicatorFacts(conditions: readonly Pick<Condition, 'subject'>[]): AlertFact[] {
  const told = new Set<string>();
  const facts = conditions.flatMap(({ subject }): AlertFact[] => {
    if (subject.what !== 'indicator' && subject.what !== 'change' && subject.what !== 'log') return [];
    const record =
      subject.what === 'indicator' && subject.key !== null ? recordFact(subject.collection, subject.key) : [];
    const matches = subject.what === 'change' ? (subject.indicators ?? []) : subject.matches;
    return [...record, ...matches.flatMap((match) => factsOf(match, told))];
  });
  const rest = facts.length - MOST_FACTS;
  return [
    ...facts.slice(0, MOST_FACTS),
    ...(rest > 0 ? [{ label: 'More is known', text: `${rest} further lines` }] : []),
  ];
}

function recordFact(collection: string, key: string): AlertFact[] {
  const parts: unknown = JSON.parse(key);
  const texts = (Array.isArray(parts) ? parts : []).map((part) => {
    const value = typeof part === 'string' ? decodeValue(part) : null;
    return value?.form === 'text' ? value.text : '?';
  });
  return [{ label: `Record of ${collection}`, quoted: { untrusted: texts.join(', ') } }];
}

/** The same of matches alone. */
export function matchFacts(matches: readonly IndicatorMatch[]): AlertFact[] {
  const told = new Set<string>();
  return matches.flatMap((match) => factsOf(match, told));
}

/** The same value in a hundred records is told once. */
function factsOf(
  { kind, value, incident, feed, field, falsePositives, own }: IndicatorMatch,
  told: Set<string>,
): AlertFact[] {
  const identity = JSON.stringify([kind, value, incident, own]);
  if (told.has(identity)) return [];
  told.add(identity);
  const quoted = { untrusted: value };
  if (own !== undefined) return [{ label: `Feed ${feed} names your “${own}”`, quoted }];
  const where = field === 'who' ? ', of who was active' : field === 'log' ? ', in a log' : '';
  return [
    { label: `Known from ${incident}, ${NOUNS[kind]}${where}`, quoted },
    ...(falsePositives === undefined
      ? []
      : [{ label: 'May be harmless', quoted: { untrusted: falsePositives } }]),
  ];
}
