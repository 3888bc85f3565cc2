import { parseRecordLine } from '../../../baselines/index.js';
import { isOurs, placeChange } from '../../policy/sensor-reach.js';
import type { ChangeSubject } from '../quoting.js';
import { consequence, happenedTo, headlineOfOne, type SpecialWords } from '../words.js';

const ANOTHER_PLACE: SpecialWords = {
  happened: (count) => `${count === 1 ? '' : `${count} times `}another cluster, database or version`,
  headline: 'another cluster, database or version',
  consequence:
    'tillwarden reads another database than people approved. It is right after a restore, an upgrade or a move of your own; else somebody shows it a copy while the application uses another one.',
};

const OURS: SpecialWords = {
  happened: (count) =>
    `${count} ${count === 1 ? 'trigger or function' : 'triggers and functions'} of tillwarden's own ${count === 1 ? 'was' : 'were'} installed or renewed`,
  headline: 'trigger or function of tillwarden itself',
  consequence:
    'It is, letter by letter, what "tillwarden sql" prints: it says that a table was written, and does nothing else.',
};

/** Nouns of objects of sensors, for one and for many, by the name that their records have. */
const OBJECTS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  'bound-setting': ['setting of a role or database', 'settings of roles or databases'],
  constraint: ['constraint of a table', 'constraints of tables'],
  'default-privileges': ['right on future objects', 'rights on future objects'],
  default: ['default of a column', 'defaults of columns'],
  enum: ['list of allowed values', 'lists of allowed values'],
  'event-trigger': ['event trigger', 'event triggers'],
  extension: ['database extension', 'database extensions'],
  'foreign-server': ['foreign server', 'foreign servers'],
  'foreign-table': ['foreign table', 'foreign tables'],
  function: ['database function', 'database functions'],
  inheritance: ['partition or child of a table', 'partitions or children of tables'],
  language: ['database language', 'database languages'],
  membership: ['membership of a database role', 'memberships of database roles'],
  namesake: ['table named like a watched one', 'tables named like watched ones'],
  'parameter-grant': ['right on a server setting', 'rights on server settings'],
  policy: ['row policy', 'row policies'],
  publication: ['publication', 'publications'],
  role: ['database role', 'database roles'],
  routine: ['database routine', 'database routines'],
  rule: ['view or rewrite rule', 'views or rewrite rules'],
  schema: ['schema', 'schemas'],
  setting: ['server setting', 'server settings'],
  subscription: ['subscription', 'subscriptions'],
  'temporary-namesake': [
    'temporary table named like a watched one',
    'temporary tables named like watched ones',
  ],
  trigger: ['database trigger', 'database triggers'],
  'unmarked-table': [
    'watched table in which we cannot see what was changed and changed back',
    'watched tables in which we cannot see what was changed and changed back',
  ],
  view: ['view', 'views'],
  'watched-table': ['watched table', 'watched tables'],
};

const SWITCHED_OFF = /"enabled":"(?:event )?(?:trigger|rule) switched off"/;

/** Words for a change of a sensor by the sort of object it is of; null for a sort without a noun. */
export function sensorWords(subject: ChangeSubject): SpecialWords | null {
  const { type, after } = subject;
  if (placeChange(type, subject) === 'another') return ANOTHER_PLACE;
  if (isOurs(type, subject)) return OURS;
  const object = objectOf(subject);
  const nouns = object !== null && Object.hasOwn(OBJECTS, object) ? OBJECTS[object] : undefined;
  if (nouns === undefined) return null;
  const so = { consequence: consequence('sensor', type, false) };
  if (type === 'modified' && after.some(isSwitchedOff) && !isSwitchedOff(subject.before ?? '')) {
    return {
      ...so,
      happened: (count) =>
        `${count} ${nouns[count === 1 ? 0 : 1]} ${count === 1 ? 'was' : 'were'} switched off`,
      headline: `${nouns[0]} switched off`,
    };
  }
  return {
    ...so,
    happened: (count) => happenedTo(nouns, type, count),
    headline: headlineOfOne(nouns[0], type),
  };
}

function objectOf({ before, after }: ChangeSubject): string | null {
  const line = after[0] ?? before;
  return line === null ? null : (parseRecordLine(line).key[0] ?? null);
}

function isSwitchedOff(line: string): boolean {
  return line !== '' && SWITCHED_OFF.test(parseRecordLine(line).fields.get('definition') ?? '');
}
