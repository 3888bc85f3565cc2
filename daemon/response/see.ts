import { createHash } from 'node:crypto';
import {
  type CollectionSnapshot,
  type Definition,
  decodeValue,
  type Kind,
  parseRecordLine,
} from '../../baselines/index.js';
import type { CollectionOutcome } from '../drift/compare.js';
import { CONTINUITY_EVENTS } from '../logs/event.js';
import type { CollectionReading } from '../sources/source.js';
import { counted, listed } from '../wording.js';
import type { SeeRule } from './runbook-form.js';

/** What is so at a site now, as its daemon last read it. */
export interface SiteFacts {
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly outcomes: ReadonlyMap<string, CollectionOutcome>;
  readonly readings: ReadonlyMap<string, CollectionReading>;
  /** Version of the active baseline; null without one. */
  readonly baseline: number | null;
  /** Versions that took effect since the incident was opened. */
  readonly signedSince: readonly number[];
  /** Collections of the logs that are followed there. */
  readonly logs: readonly string[];
  /** What was noted in them lately: how many lines, by event. */
  readonly noted: { readonly sinceMs: number; readonly events: ReadonlyMap<string, number> };
  /** `secretMarks` of when the response began; null when they could not be taken then. */
  readonly secretsAtBegin: ReadonlySet<string> | null;
}

/** What tillwarden sees of a step. `words` are ours, with configured names. */
export interface Sight {
  /** `contrary`: it sees that it is not so. `not-watched`: nothing configured lets it look. `unknown`: it could not be read. */
  readonly saw: 'done' | 'contrary' | 'unknown' | 'not-watched';
  readonly words: string;
}

/** Looks whether a step is done. Pure. */
export function see(rule: SeeRule, facts: SiteFacts): Sight {
  if ('as-signed' in rule) return asSigned(rule['as-signed'], facts);
  if ('none-added' in rule) return noneAdded(rule['none-added'], facts);
  if ('doors-shut' in rule) return doorsShut(rule['doors-shut'], facts);
  if ('no-known-holes' in rule) return noKnownHoles(facts);
  if ('secrets-moved' in rule) return secretsMoved(rule['secrets-moved'], facts);
  if ('logs-read' in rule) return logsRead(facts);
  const { signedSince } = facts;
  return signedSince.length === 0
    ? { saw: 'contrary', words: 'nobody has signed a baseline since the incident was opened' }
    : { saw: 'done', words: `baseline ${signedSince.at(-1)} was signed since the incident was opened` };
}

/** What to look for in the logs. Whether somebody has read them nobody can see: lines were held against patterns, and a thief's may be in none. */
function logsRead({ logs, outcomes, noted }: SiteFacts): Sight {
  if (logs.length === 0) return notWatched('no log is followed');
  const unread = logs.filter((name) => (outcomes.get(name)?.outcome ?? 'unknown') === 'unknown');
  if (unread.length > 0) return { saw: 'unknown', words: `could not be read: ${listed(unread, 5)}` };
  const since = `${new Date(noted.sinceMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const told = (names: readonly string[]) =>
    listed(
      names.map((name) => `${name} (${counted(noted.events.get(name) ?? 0, 'line', { thousands: true })})`),
      8,
    );
  const names = [...noted.events.keys()];
  const broken = names.filter((name) => CONTINUITY_EVENTS.some((one) => one === name));
  const events = names.filter((name) => !broken.includes(name));
  const words = [
    `noted since ${since}: ${events.length === 0 ? 'nothing' : told(events)}`,
    ...(broken.length === 0 ? [] : [`and their past is NOT WHOLE: ${listed(broken, 4)}`]),
    'whether somebody read them tillwarden cannot see',
  ];
  return { saw: 'unknown', words: words.join('; ') };
}

/** Collections of the kinds whose outcome nobody knows, if any: then nobody knows the rest either (invariant 14). */
function looked(kinds: readonly Kind[], { definitions, outcomes }: SiteFacts) {
  const names = [...definitions.values()].filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  const known = names.map((name) => ({ name, outcome: outcomes.get(name) }));
  const unknown = known.flatMap(({ name, outcome }) =>
    outcome === undefined || outcome.outcome === 'unknown' ? [name] : [],
  );
  return { names, known, unknown };
}

function asSigned(kinds: readonly Kind[], facts: SiteFacts): Sight {
  const { names, known, unknown } = looked(kinds, facts);
  const drifted = known.flatMap(({ name, outcome }) => (outcome?.outcome === 'drifted' ? [name] : []));
  if (names.length === 0) return notWatched(`no collection of kind ${listed(kinds)} is watched`);
  if (drifted.length > 0) return { saw: 'contrary', words: `not as signed: ${listed(drifted, 5)}` };
  if (unknown.length > 0) return { saw: 'unknown', words: `could not be compared: ${listed(unknown, 5)}` };
  return { saw: 'done', words: `as signed in baseline ${facts.baseline ?? '?'}: ${listed(names, 5)}` };
}

function noneAdded(kinds: readonly Kind[], facts: SiteFacts): Sight {
  const { names, known, unknown } = looked(kinds, facts);
  if (names.length === 0) return notWatched(`no collection of kind ${listed(kinds)} is watched`);
  const added = known.flatMap(({ name, outcome }) => {
    if (outcome?.outcome !== 'drifted') return [];
    const counted = outcome.mass?.counts.added ?? outcome.changes.filter(isUnsigned).length;
    return counted > 0 ? [name] : [];
  });
  if (added.length > 0) return { saw: 'contrary', words: `records that nobody signed: ${listed(added, 5)}` };
  if (unknown.length > 0) return { saw: 'unknown', words: `could not be compared: ${listed(unknown, 5)}` };
  return { saw: 'done', words: `nothing that nobody signed: ${listed(names, 5)}` };
}

/** A key that is there twice may hide a record that nobody signed. */
function isUnsigned({ type }: { readonly type: string }): boolean {
  return type === 'added' || type === 'ambiguous';
}

/** The fields of every door that was knocked at, and where whoever knocked stands. */
function doors({ definitions, readings }: SiteFacts) {
  const collections = [...definitions.values()].filter((one) => one.doors?.targets !== undefined);
  const isUnread = collections.some(({ name }) => {
    const reading = readings.get(name);
    return reading?.readable !== true || reading.unread !== undefined;
  });
  const found = collections.flatMap(({ name, doors: watched }) => {
    const reading = readings.get(name);
    const records = reading?.readable === true ? reading.snapshot.records : [];
    return records.map(({ line }) => {
      const { key, fields } = parseRecordLine(line);
      return { door: key[0] ?? '', from: watched?.from ?? '', fields };
    });
  });
  const targets = collections.flatMap((one) => one.doors?.targets ?? []);
  return { targets, found, isUnread };
}

function doorsShut(ports: readonly number[], facts: SiteFacts): Sight {
  const { targets, found, isUnread } = doors(facts);
  const isOfPorts = (door: string) => ports.some((port) => door.endsWith(`:${port}`));
  const watched = targets.filter(({ address }) => isOfPorts(address));
  if (watched.length === 0) return notWatched(`no door with port ${listed(ports.map(String))} is looked at`);
  const ofPorts = found.filter(({ door }) => isOfPorts(door));
  const open = ofPorts.filter(({ fields }) => fields.get('state') === 'open');
  const from = listed([...new Set(found.map((one) => one.from))], 3);
  // Targets are configured names, not text of the watched system.
  if (open.length > 0)
    return {
      saw: 'contrary',
      words: `open from ${from}: ${listed(
        open.map(({ door }) => door),
        5,
      )}`,
    };
  if (isUnread || ofPorts.some(({ fields }) => !fields.has('state')))
    return { saw: 'unknown', words: 'not every door could be asked' };
  return { saw: 'done', words: `${counted(ofPorts.length, 'door')} not open from ${from}` };
}

function noKnownHoles(facts: SiteFacts): Sight {
  const { found, isUnread } = doors(facts);
  const told = found.flatMap(({ door, fields }) => {
    const value = fields.get('vulnerable');
    return typeof value === 'string' ? [{ door, value }] : [];
  });
  if (told.length === 0 && !isUnread) return notWatched('no door is looked at for its version');
  const holed = told.filter(({ value }) => value !== 'not known to be' && value !== 'unknown');
  if (holed.length > 0)
    return {
      saw: 'contrary',
      words: `a version with a known hole: ${listed(
        holed.map(({ door }) => door),
        5,
      )}`,
    };
  if (isUnread || told.some(({ value }) => value === 'unknown'))
    return { saw: 'unknown', words: 'the version could not be found out' };
  return { saw: 'done', words: `${counted(told.length, 'door')} with a version that has no known hole` };
}

function secretsMoved(kinds: readonly Kind[], facts: SiteFacts): Sight {
  const { names, unknown } = looked(kinds, facts);
  const read = names.flatMap((name) => {
    const reading = facts.readings.get(name);
    return reading?.readable === true ? [reading.snapshot] : [];
  });
  const guarded = read.filter(({ definition }) => definition.secret.length > 0);
  if (read.length === names.length && guarded.length === 0)
    return notWatched(`no secret of kind ${listed(kinds)} is watched`);
  const { secretsAtBegin: before } = facts;
  if (before === null)
    return { saw: 'unknown', words: 'what they were when this response began could not be read then' };
  const marks = guarded.flatMap((snapshot) => secretMarks(snapshot));
  const same = marks.filter((mark) => before.has(mark)).length;
  if (same > 0)
    return {
      saw: 'contrary',
      words: `${same} of ${marks.length} secrets are what they were when this response began`,
    };
  if (unknown.length > 0 || read.length < names.length)
    return { saw: 'unknown', words: `could not be read: ${listed(unknown.length > 0 ? unknown : names, 5)}` };
  return {
    saw: 'done',
    words: `none of ${counted(marks.length, 'secret')} is what it was when this response began`,
  };
}

function notWatched(words: string): Sight {
  return { saw: 'not-watched', words };
}

/** A short mark of each secret that is set: of collection, key, field and fingerprint, so that it says nothing else. */
export function secretMarks({ definition, records }: CollectionSnapshot): readonly string[] {
  return records.flatMap((record) => {
    const { key, fields } = parseRecordLine(record.line);
    return [...fields].flatMap(([field, value]) =>
      value !== null && decodeValue(value).form === 'hmac'
        ? [
            createHash('sha256')
              .update(JSON.stringify([definition.name, key, field, value]))
              .digest('hex')
              .slice(0, 16),
          ]
        : [],
    );
  });
}
