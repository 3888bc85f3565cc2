import { quote } from '../../../notifiers/index.js';
import type { JournalBodies, JournalType } from '../../store/journal/event.js';
import type { JournalEntry } from '../../store/store.js';

type Body = Readonly<Record<string, unknown>>;

/** Characters shown of one value. */
const VALUE_CHARACTERS = 300;
/** Things that appeared at once and are named; the rest is counted. */
const MOST_NAMED = 5;
const DIGEST_DIGITS = 16;
const ID_DIGITS = 8;

/** Names of members, whatever kind of body has them. */
type MembersOf<B> = B extends unknown ? keyof B : never;

/** A body as it was read: the members that ours has, each whatever somebody else made of it. */
type Written<T extends JournalType> = { readonly [M in MembersOf<JournalBodies[T]>]?: unknown };

type Words<T extends JournalType> = (body: Written<T>) => readonly (string | null)[];

/** Every type of entry that this version writes, in words. Members that are not named here are left out. */
const WORDS: { readonly [T in JournalType]: Words<T> } = {
  'daemon-started': (b) => [`version ${word(b.version)}`, `configuration ${digest(b.config)}`],
  'daemon-stopped': () => [],
  'config-changed': (b) => [`configuration ${digest(b.digest)}`, words(b.differences)],
  'trust-root': (b) => [
    `trust root ${word(b.version)} ${digest(b.digest)}`,
    b.version === 1 ? 'pinned by the configuration' : signed(b),
  ],
  'baseline-in-force': (b) => [`baseline ${word(b.version)} ${digest(b.digest)}`, signed(b)],
  observed: (b) => [`${word(b.collection)} has ${word(b.count)} records ${digest(b.records)}`],
  verdict: (b) => [incident(b), word(b.reason), appeared(b.appeared)],
  acknowledged: (b) => [
    incident(b),
    `by ${word(b.person)} until ${until(b.untilMs)}`,
    `revision ${word(String(b.revision).slice(0, DIGEST_DIGITS))}`,
    reason(b),
  ],
  'acknowledgement-ended': (b) => [
    incident(b),
    b.person === undefined ? null : `of ${word(b.person)}`,
    `because ${word(b.because)}`,
  ],
  'incident-escalated': (b) => [
    incident(b),
    `page ${word(b.page)} unanswered, time ${word(b.time)}`,
    `to ${words(b.channels) || 'no channel'}`,
  ],
  'incident-resolved': (b) => [incident(b), word(b.reason)],
  'changes-rejected': (b) => [incident(b), `called hostile by ${word(b.person)}: ${ids(b.fingerprints)}`],
  'proposal-signed': (b) => [
    `baseline ${word(b.version)} ${digest(b.digest)}`,
    signed(b),
    b.person == null ? null : `handed in by ${word(b.person)}`,
    b.installed === true ? 'installed' : 'waits for others',
  ],
  'proposal-refused': (b) => [`handed in by ${word(b.person)}`, word(b.code)],
  'proposal-ended': (b) => [
    `baseline ${word(b.version)}`,
    word(b.how),
    b.person == null ? null : `by ${word(b.person)}`,
  ],
  'excuse-in-force': (b) => [word(b.id), scope(b), `until ${until(b.untilMs)}`, signed(b)],
  'excuse-withdrawn': (b) => [word(b.id)],
  'excuse-over': (b) => [word(b.id), `it covered ${word(b.covered)}`],
  'expectation-settled': (b) => [word(b.id), `${word(b.missing)} not as expected`],
  'alert-enqueued': (b) => [
    incident(b),
    `${word(b.severity)} alert ${word(b.alert)} (${word(b.alertType)})`,
    `to ${words(b.channels) || 'no channel'}`,
  ],
  'alert-owed': (b) => [
    incident(b),
    `${word(b.severity)} ${word(b.standing)} ${word(b.alert)}`,
    `to ${words(b.channels) || 'no channel'}`,
  ],
  'alert-delivered': (b) => [incident(b), delivery(b)],
  'alert-given-up': (b) => [incident(b), delivery(b), word(b.reason)],
  'alert-passed-on': (b) => [incident(b), `alert ${word(b.alert)} from ${word(b.from)} to ${word(b.to)}`],
  digest: (b) => [`of ${word(b.date)}`],
  'clock-jumped': (b) => [`by ${word(b.byMs)} ms`],
  'recording-again': (b) => [`after ${word(b.afterMs)} ms`],
  'state-empty': (b) => [
    b.lost === true ? 'its memory is lost' : 'its memory begins here',
    baselines(b.sites),
  ],
  'state-restored': restored,
  'restore-told': restored,
};

/** What an entry says, in one line. Nothing of it can steer a terminal: what is not visible ASCII is quoted. */
export function entryText({ type, body }: Pick<JournalEntry, 'type' | 'body'>): string {
  const parsed = bodyOf(body);
  if (parsed === null) return word(body);
  const site = typeof parsed['site'] === 'string' ? [`${word(parsed['site'])}`] : [];
  const parts = isKnown(type) ? WORDS[type](parsed) : memberByMember(parsed);
  return [...site, ...parts.filter((part) => part !== null && part !== '')].join(', ');
}

/** A type of another version is told member by member. */
function isKnown(type: string): type is JournalType {
  return Object.hasOwn(WORDS, type);
}

/** `17  2026-11-25 03:10:07.120 UTC  verdict  prague-1, incident 7f3a, …`. */
export function entryLine(entry: JournalEntry): string {
  const seq = String(entry.seq).padStart(6);
  return `${seq}  ${utc(entry.atMs)}  ${word(entry.type).padEnd(17)}  ${entryText(entry)}`.trimEnd();
}

/** The members of a body; null when it is not the JSON object that we write. */
export function bodyOf(body: string): Body | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : null;
  } catch {
    return null;
  }
}

/** `2026-11-25 03:10:07.120 UTC`. */
export function utc(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime())
    ? 'time unknown'
    : date.toISOString().replace('T', ' ').replace('Z', ' UTC');
}

function memberByMember(body: Body): string[] {
  return Object.entries(body)
    .filter(([name]) => name !== 'site')
    .map(([name, value]) => `${word(name)} ${word(value)}`);
}

/** Visible ASCII as it is: our own words. Whatever else somebody wrote into the state is quoted. */
function word(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[ -~]+$/.test(text) && text.length <= VALUE_CHARACTERS
    ? text
    : quote({ untrusted: text }, VALUE_CHARACTERS);
}

function words(value: unknown): string {
  return Array.isArray(value) ? value.map(word).join(', ') : word(value);
}

function digest(value: unknown): string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
    ? `sha256:${value.slice(0, DIGEST_DIGITS)}…`
    : word(value);
}

function signed({ signers }: { readonly signers?: unknown }): string {
  return `signed by ${words(signers) || 'nobody'}`;
}

function incident({ incident: id }: { readonly incident?: unknown }): string | null {
  return id == null ? null : `incident ${word(id)}`;
}

function until(ms: unknown): string {
  return typeof ms === 'number' ? utc(ms) : word(ms);
}

/** What a suppression is about. */
function scope({ changes, kind, collection, wholeCollection }: Written<'excuse-in-force'>): string {
  if (kind !== undefined) return `everything of kind ${word(kind)}`;
  if (collection === undefined) return `${word(changes)} expected changes`;
  return `${wholeCollection === true ? 'everything' : 'one record'} of ${word(collection)}`;
}

/** What a person typed. */
function reason({ reason: text }: Written<'acknowledged'>): string | null {
  return typeof text === 'string' && text !== ''
    ? `reason ${quote({ untrusted: text }, VALUE_CHARACTERS)}`
    : null;
}

/** The ids of changes as every command prints them. */
function ids(value: unknown): string {
  if (!Array.isArray(value)) return word(value);
  const named = value.slice(0, MOST_NAMED).map((one) => word(String(one).slice(0, ID_DIGITS)));
  const rest = value.length - named.length;
  return [...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

function delivery(body: Written<'alert-delivered' | 'alert-given-up'>): string {
  return `alert ${word(body.alert)} on ${word(body.channel)} ${word(body.part)} at attempt ${word(body.attempts)}`;
}

function restored(body: Written<'state-restored' | 'restore-told'>): string[] {
  const { backupCreated, backupHead, replacedHead } = body;
  return [
    `from a backup of ${word(backupCreated)} with the head ${digest(backupHead)}`,
    `in place of ${digest(replacedHead)}`,
  ];
}

function baselines(sites: unknown): string | null {
  if (!Array.isArray(sites) || sites.length === 0) return null;
  const named = sites
    .slice(0, MOST_NAMED)
    .map((one: Body | null) => `${word(one?.['version'])} of ${word(one?.['site'])}`);
  const rest = sites.length - named.length;
  return `baselines ${[...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')}`;
}

function appeared(value: unknown): string | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const named = value.slice(0, MOST_NAMED).map((one: Body | null) => {
    const about = one?.['collection'] ?? one?.['source'] ?? one?.['code'] ?? one?.['what'];
    const how = one?.['change'] ?? one?.['cause'] ?? one?.['what'];
    return `${word(one?.['severity'])} ${word(about)} ${word(how)}`;
  });
  const rest = value.length - named.length;
  return [...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}
