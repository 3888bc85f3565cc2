import type { CollectionSnapshot, Kind } from '../../baselines/index.js';
import { noun } from '../alerts/words.js';
import type { AddressBook } from '../destinations/book.js';
import type { Indicators } from '../indicators/matcher.js';
import type { Sensor, SensorSubject } from '../sources/sensor.js';
import { DOOR_RULES } from './doors.js';
import { FILE_RULES } from './files.js';
import { knownElsewhere } from './known.js';
import { LAMASSU_RULES } from './lamassu.js';
import { exampleSerial, outsideBook, sharedAddress } from './money.js';
import {
  lookalikeNames,
  neverLoggedIn,
  openLinks,
  unusualDomain,
  withoutPerson,
  withoutSecondFactor,
} from './people.js';
import { plainSecrets } from './secrets.js';
import { sensorRules } from './sensors.js';
import { type ReviewRule, reviewedSite, type Suspicion } from './suspicion.js';

/** All questions, those about money and power first. A subject stands for what the sensors are asked about it. */
const RULES: readonly (ReviewRule | SensorSubject)[] = [
  sharedAddress,
  'code-on-money',
  exampleSerial,
  plainSecrets,
  withoutPerson,
  lookalikeNames,
  unusualDomain,
  withoutSecondFactor,
  neverLoggedIn,
  'sensor-off',
  'bound-setting',
];

/** The finding of a rule, in our words, with the records it is about. */
export interface ReviewFinding {
  readonly rule: string;
  readonly words: string;
  readonly advice: string;
  readonly suspicions: readonly Suspicion[];
}

/** The result of a first look at a site. */
export interface FirstReview {
  /** Records that were there to look at: "12 administrators", "250 terminals". */
  readonly counts: readonly string[];
  /** Worst first; empty when nothing looks wrong. */
  readonly findings: readonly ReviewFinding[];
  /** Questions that were asked and found nothing, by name and in our words, with how many records each looked at. */
  readonly clear: readonly { readonly rule: string; readonly words: string; readonly looked: number }[];
  /** Questions that what is watched could not answer, and why. */
  readonly notAsked: readonly { readonly rule: string; readonly words: string; readonly because: string }[];
}

/**
 * Looks at a site before its first baseline is signed. A state in which attackers already sit would otherwise be signed as right
 * (the vendor's own advice of August 2022: review everything, not only the known names). Pure; judges by names of columns, and says
 * which questions it could not ask. `sensors` are those of every kind of source there is; `book` is the
 * address book that is signed along with it, `indicators` what is known from robberies elsewhere.
 */
export function firstReview(
  collections: Iterable<CollectionSnapshot>,
  sensors: readonly Sensor[],
  book: AddressBook | null = null,
  indicators: Indicators | null = null,
): FirstReview {
  const all = [...collections];
  const site = reviewedSite(all);
  const rules = [
    ...(indicators === null ? [] : [knownElsewhere(indicators, all)]),
    ...(book === null ? [] : [outsideBook(book)]),
    ...(site.of('door').length === 0 ? [] : DOOR_RULES),
    ...(site.of('file').length === 0 ? [] : FILE_RULES),
    ...(site.all().some(({ preset }) => preset === 'lamassu') ? LAMASSU_RULES : []),
    ...(site.of('access-link').length === 0 ? [] : [openLinks]),
    ...RULES.flatMap((rule) => (typeof rule === 'string' ? sensorRules(rule, site, sensors) : rule)),
  ];
  const asked = rules.map((rule) => ({ rule, answer: rule.ask(site) }));
  return {
    counts: countsOf(all),
    findings: asked.flatMap(({ rule, answer }) =>
      'looked' in answer && answer.suspicions.length > 0
        ? [
            {
              rule: rule.name,
              words: rule.found(answer.suspicions.length),
              advice: rule.advice,
              suspicions: answer.suspicions,
            },
          ]
        : [],
    ),
    clear: asked.flatMap(({ rule, answer }) =>
      'looked' in answer && answer.suspicions.length === 0
        ? [{ rule: rule.name, words: manyOf(rule), looked: answer.looked }]
        : [],
    ),
    notAsked: asked.flatMap(({ rule, answer }) =>
      'notLooked' in answer ? [{ rule: rule.name, words: manyOf(rule), because: answer.notLooked }] : [],
    ),
  };
}

/** Words for what a rule asks about, without a number: "administrators without a second factor". */
function manyOf({ found }: ReviewRule): string {
  return found(0).replace(/^0 /, '');
}

function countsOf(collections: readonly CollectionSnapshot[]): string[] {
  const counts = new Map<Kind, number>();
  for (const { definition, records } of collections) {
    counts.set(definition.kind, (counts.get(definition.kind) ?? 0) + records.length);
  }
  return [...counts].map(([kind, count]) => `${count} ${noun(kind, count)}`);
}
