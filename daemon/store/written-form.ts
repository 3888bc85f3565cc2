import type { Alert } from '../../notifiers/index.js';
import type { Finding, Subject } from '../finding.js';
import type { EndedFinding } from '../incident.js';
import { unreadableState } from './errors.js';
import type { OutboxStatus } from './port/outbox.js';

/**
 * The form in which findings and alerts are written down: in the store, in `show --json` and in evidence. Its names went out before the
 * code's own words changed, and a journal holds digests of such texts, so they stay (docs/adr/0020).
 */

/** Names of members in the code, and as they are written. */
type Names = Readonly<Record<string, string>>;

const SUBJECT: Names = { suppression: 'excuse', outages: 'lapses', lookalikeOf: 'twinOf' };
const FINDING: Names = { notifiedMs: 'toldMs' };
const ALERT: Names = { role: 'standing' };
const CHANGE: Names = { lookalikeOf: 'twinOf' };

const inverse = (names: Names): Names =>
  Object.fromEntries(Object.entries(names).map(([ours, written]) => [written, ours]));

const READ_SUBJECT = inverse(SUBJECT);
const READ_ALERT = inverse(ALERT);
const READ_CHANGE = inverse(CHANGE);

/** A copy with other names for some members, in the same order. */
function renamed(value: object, names: Names): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [Object.hasOwn(names, name) ? names[name] : name, member]),
  );
}

export function subjectText(subject: Subject): string {
  return JSON.stringify(renamed(subject, SUBJECT));
}

/** The subject that `subjectText` wrote. Throws `STORE_CORRUPT` for any other text. */
export function subjectOf(text: string): Subject {
  const subject = renamed(objectOf(text), READ_SUBJECT);
  if (!isSubject(subject)) throw unreadableState('a finding');
  return subject;
}

const TEXTS: Readonly<Record<Subject['what'], readonly string[]>> = {
  change: ['collection', 'kind', 'type', 'key'],
  'mass-change': ['collection', 'kind', 'signedDigest'],
  indicator: ['collection', 'kind'],
  unknown: ['collection', 'kind', 'cause', 'detail'],
  unreachable: ['source', 'detail'],
  blind: ['source', 'detail'],
  log: ['source', 'log', 'event', 'id', 'line'],
  still: ['source', 'table', 'detail'],
  approval: ['code', 'detail'],
  config: ['detail'],
};

/** Members that are texts in every subject of a kind. */
const TEXTS_OF: ReadonlyMap<unknown, readonly string[]> = new Map(Object.entries(TEXTS));

function isSubject(subject: Readonly<Record<string, unknown>>): subject is Subject {
  const texts = TEXTS_OF.get(subject['what']);
  if (texts === undefined || !texts.every((name) => typeof subject[name] === 'string')) return false;
  if (subject['what'] === 'mass-change') return isCounts(subject['counts']);
  if (subject['what'] === 'indicator' || subject['what'] === 'log') return Array.isArray(subject['matches']);
  return subject['what'] !== 'change' || Array.isArray(subject['after']);
}

function isCounts(counts: unknown): boolean {
  if (typeof counts !== 'object' || counts === null) return false;
  const read = new Map<string, unknown>(Object.entries(counts));
  return ['added', 'removed', 'modified', 'ambiguous'].every((type) => typeof read.get(type) === 'number');
}

/** A finding as it is given out. */
export function writtenFinding(finding: Finding | EndedFinding): object {
  return { ...renamed(finding, FINDING), subject: renamed(finding.subject, SUBJECT) };
}

/** A message as it is given out. */
export function writtenMessage(message: OutboxStatus): object {
  return renamed(message, ALERT);
}

/** An alert as it is given out. */
export function writtenAlert(alert: Alert): object {
  return renamedAlert(alert, ALERT, CHANGE);
}

export function alertText(alert: Alert): string {
  return JSON.stringify(writtenAlert(alert));
}

/** The alert that `alertText` wrote. Throws `STORE_CORRUPT` for any other text. */
export function alertOf(text: string): Alert {
  const alert = renamedAlert(objectOf(text), READ_ALERT, READ_CHANGE);
  if (!isAlert(alert)) throw unreadableState('an alert');
  return alert;
}

/** No more than its id: what an older version left out, a channel must cope with, and fails on by itself. */
function isAlert(alert: object): alert is Alert {
  return 'id' in alert && typeof alert.id === 'string';
}

function renamedAlert(alert: object, names: Names, ofChanges: Names): object {
  if (!('changes' in alert) || !Array.isArray(alert.changes)) return renamed(alert, names);
  const changes = alert.changes.map((change: unknown) =>
    typeof change === 'object' && change !== null ? renamed(change, ofChanges) : change,
  );
  // In the order in which the members stand: the journal holds the digest of this text.
  return renamed({ ...alert, changes }, names);
}

function objectOf(text: string): object {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (typeof value !== 'object' || value === null) throw unreadableState('a text');
  return value;
}
