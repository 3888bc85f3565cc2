import type { FieldChange } from '../../drift/change.js';
import { changedFields } from '../../drift/fields.js';
import type { ChangeSubject } from '../quoting.js';

/** A change of a door, by what it lets happen. */
type DoorChange =
  | 'installation'
  | 'open'
  | 'vulnerable'
  | 'certificate'
  | 'shut'
  | 'gone'
  | 'other'
  | 'doubt';

const OF_CERTIFICATE: ReadonlySet<string> = new Set([
  ...['certificate', 'issuer', 'expires', 'validity', 'verified', 'tls'],
]);

function changeOfDoor(subject: ChangeSubject): DoorChange {
  if (subject.type === 'ambiguous') return 'doubt';
  if (subject.type === 'removed') return 'gone';
  const fields = changedFields(subject);
  const became = (name: string): FieldChange['after'] => fields.find(({ field }) => field === name)?.after;
  if (became('installation') === 'answers') return 'installation';
  const state = became('state');
  // A socket of our own machine has no state: it is there or not.
  if (state === 'open' || (subject.type === 'added' && state === undefined)) return 'open';
  const vulnerable = became('vulnerable');
  if (vulnerable !== undefined && vulnerable !== null && vulnerable !== 'not known to be')
    return 'vulnerable';
  if (state !== undefined) return 'shut';
  return fields.some(({ field }) => OF_CERTIFICATE.has(field)) ? 'certificate' : 'other';
}

/** What one door does, and what several do, for a title. */
const TITLES: Readonly<Record<DoorChange, readonly [one: string, several: string]>> = {
  installation: ['shows its installation page to anybody', 'show their installation page to anybody'],
  open: ['is open and nobody approved it', 'are open and nobody approved them'],
  vulnerable: ['runs a version with a known hole', 'run a version with a known hole'],
  certificate: ['has another certificate', 'have another certificate'],
  shut: ['is not open any more', 'are not open any more'],
  gone: ['is gone', 'are gone'],
  other: ['answers otherwise', 'answer otherwise'],
  doubt: ['is in doubt', 'are in doubt'],
};

const HEADLINES: Readonly<Record<DoorChange, string>> = {
  installation: 'installation page answers',
  open: 'open door',
  vulnerable: 'version with a known hole',
  certificate: 'another certificate',
  shut: 'door not open any more',
  gone: 'door gone',
  other: 'door answers otherwise',
  doubt: 'door in doubt',
};

const CONSEQUENCES: Readonly<Record<DoorChange, string>> = {
  installation:
    'Right now anybody who reaches the server may be able to make an administrator. That is how servers were robbed in August 2022.',
  open: 'Right now the server can be reached where nobody approved it.',
  vulnerable: 'Right now the server runs a version that was robbed elsewhere, and the hole is public.',
  certificate: 'Right now somebody else than was approved may answer in place of the server.',
  shut: 'A door that was approved does not open: the server may be down, or a firewall was changed.',
  gone: 'A door that was approved is not there any more, or nobody looks at it any more.',
  other: 'Right now the server answers otherwise than was approved.',
  doubt: 'Right now it is in doubt what a door of the server is.',
};

/** The words of a changed door; of a title, for doors that the same happened to. The collection stands with each of them. */
export function doorWords(subject: ChangeSubject) {
  const change = changeOfDoor(subject);
  const [one, several] = TITLES[change];
  return {
    group: `door ${change}`,
    words: (count: number) => (count === 1 ? `1 door ${one}` : `${count} doors ${several}`),
    consequence: CONSEQUENCES[change],
  };
}

/** Words for what happened to one door, for the line above its diff. */
export function doorHeadline(subject: ChangeSubject): string {
  return HEADLINES[changeOfDoor(subject)];
}
