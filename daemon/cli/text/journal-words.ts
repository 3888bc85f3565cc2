import type { JournalBodies, JournalType } from '../../store/journal/event.js';
import { DIGEST_DIGITS, digestText, ids, quotedText, someOf, until, word, words } from './journal-values.js';

/** The members of a body as it was read, whoever wrote it. */
export type WrittenBody = Readonly<Record<string, unknown>>;

/** Names of members, whatever kind of body has them. */
type MembersOf<B> = B extends unknown ? keyof B : never;

/** A body as it was read: the members that ours has, each whatever somebody else made of it. */
type Written<T extends JournalType> = { readonly [M in MembersOf<JournalBodies[T]>]?: unknown };

type Words<T extends JournalType> = (body: Written<T>) => readonly (string | null)[];

/** Every type of entry that this version writes, in words. Members that are not named here are left out. */
const WORDS: { readonly [T in JournalType]: Words<T> } = {
  'daemon-started': (b) => [`version ${word(b.version)}`, `configuration ${digestText(b.config)}`],
  'daemon-stopped': () => [],
  'config-changed': (b) => [`configuration ${digestText(b.digest)}`, words(b.differences)],
  'indicators-in-force': (b) => [
    `feed ${word(b.feed)} ${digestText(b.digest)}`,
    `${word(b.indicators)} indicators, ${word(b.unusable)} not usable`,
  ],
  'log-events': (b) => [
    `source ${word(b.source)}`,
    `${Array.isArray(b.events) ? b.events.length : 'some'} lines or states of logs`,
  ],
  'trust-root': (b) => [
    `trust root ${word(b.version)} ${digestText(b.digest)}`,
    b.version === 1 ? 'pinned by the configuration' : signed(b),
  ],
  'baseline-in-force': (b) => [`baseline ${word(b.version)} ${digestText(b.digest)}`, signed(b)],
  observed: (b) => [`${word(b.collection)} has ${word(b.count)} records ${digestText(b.records)}`],
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
  'containment-decided': (b) => [
    incident(b),
    `action ${word(b.action)} (${word(b.kind)})`,
    b.because == null ? word(b.outcome) : `${word(b.outcome)} because of ${word(b.because)}`,
    `${word(b.findings)} findings, input ${digestText(b.input)}`,
  ],
  'containment-ended': (b) => [
    incident(b),
    `action ${word(b.action)} ${word(b.result)}${b.dryRun === true ? ' (dry run)' : ''}`,
    b.rows == null ? `with ${word(b.code)}` : `${word(b.rows)} rows`,
    b.detail == null ? null : quotedText(String(b.detail)),
  ],
  'incident-resolved': (b) => [incident(b), word(b.reason)],
  'response-begun': (b) => [
    incident(b),
    `runbook ${word(b.runbook)} ${digestText(b.digest)}`,
    `begun by ${word(b.person)}`,
  ],
  'response-step': (b) => [
    incident(b),
    `step ${word(b.step)} ${b.done === true ? 'done' : 'not done'}, says ${word(b.person)}`,
    typeof b.note === 'string' && b.note !== '' ? `note ${quotedText(b.note)}` : null,
  ],
  'response-evidence': (b) => [
    incident(b),
    `evidence archive ${digestText(b.sha256)}`,
    `written by ${word(b.person)}`,
  ],
  'response-finished': (b) => [
    incident(b),
    `runbook ${word(b.runbook)} finished, says ${word(b.person)}`,
    `seen: ${words(b.seen) || 'nothing'}`,
    `said: ${words(b.said) || 'nothing'}`,
  ],
  'changes-rejected': (b) => [incident(b), `called hostile by ${word(b.person)}: ${ids(b.fingerprints)}`],
  'proposal-signed': (b) => [
    `baseline ${word(b.version)} ${digestText(b.digest)}`,
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
  touched: (b) => [
    `${word(b.count)} of ${word(b.collection)} as before`,
    b.hinted === true ? 'the source had said that it changed' : 'unheard',
  ],
  transient: (b) => [`${word(b.count)} of ${word(b.collection)} in between`],
  'log-gap': (b) => [word(b.source), `${word(b.count)} ${word(b.fault)}`],
  'clock-jumped': (b) => [`by ${word(b.byMs)} ms`],
  'recording-again': (b) => [`after ${word(b.afterMs)} ms`],
  'internal-error': (b) => [`in ${word(b.part)}`, word(b.kind)],
  'state-empty': (b) => [
    b.lost === true ? 'its memory is lost' : 'its memory begins here',
    baselines(b.sites),
  ],
  'journal-folded': (b) => [
    `entries ${word(b.from)} to ${word(b.through)} into file ${word(b.number)}`,
    `head ${digestText(b.head)}`,
    `with ${word(b.incidents)} incidents`,
  ],
  'state-restored': restored,
  'restore-told': restored,
};

/** What an entry of this type says, part by part; null for a type of another version. */
export function eventWords(type: string, body: WrittenBody): readonly (string | null)[] | null {
  return isKnown(type) ? WORDS[type](body) : null;
}

function isKnown(type: string): type is JournalType {
  return Object.hasOwn(WORDS, type);
}

function signed({ signers }: { readonly signers?: unknown }): string {
  return `signed by ${words(signers) || 'nobody'}`;
}

function incident({ incident: id }: { readonly incident?: unknown }): string | null {
  return id == null ? null : `incident ${word(id)}`;
}

/** What a suppression is about. */
function scope({ changes, objects, kind, collection, wholeCollection }: Written<'excuse-in-force'>): string {
  if (kind !== undefined) return `everything of kind ${word(kind)}`;
  if (collection === undefined) {
    const sorts = objects === undefined ? '' : `, and any change of ${word(objects)} sorts of objects`;
    return `${word(changes)} expected changes${sorts}`;
  }
  return `${wholeCollection === true ? 'everything' : 'one record'} of ${word(collection)}`;
}

/** What a person typed. */
function reason({ reason: text }: Written<'acknowledged'>): string | null {
  return typeof text === 'string' && text !== '' ? `reason ${quotedText(text)}` : null;
}

function delivery(body: Written<'alert-delivered' | 'alert-given-up'>): string {
  return `alert ${word(body.alert)} on ${word(body.channel)} ${word(body.part)} at attempt ${word(body.attempts)}`;
}

function restored(body: Written<'state-restored' | 'restore-told'>): string[] {
  const { backupCreated, backupHead, replacedHead } = body;
  return [
    `from a backup of ${word(backupCreated)} with the head ${digestText(backupHead)}`,
    `in place of ${digestText(replacedHead)}`,
  ];
}

function baselines(sites: unknown): string | null {
  if (!Array.isArray(sites) || sites.length === 0) return null;
  return `baselines ${someOf(sites, (one) => `${word(member(one, 'version'))} of ${word(member(one, 'site'))}`)}`;
}

function appeared(value: unknown): string | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  return someOf(value, (one) => {
    const what = member(one, 'what');
    const about = member(one, 'collection') ?? member(one, 'source') ?? member(one, 'code') ?? what;
    const how = member(one, 'change') ?? member(one, 'cause') ?? what;
    return `${word(member(one, 'severity'))} ${word(about)} ${word(how)}`;
  });
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
