import { parseRecordLine } from '../../../baselines/index.js';
import { noteWords } from '../../../notifiers/index.js';
import { unknownBecause } from '../../alerts/words.js';
import type { Change } from '../../drift/change.js';
import type { CollectionOutcome } from '../../drift/compare.js';
import type { SuppressedBy } from '../../finding.js';
import type { SeverityRule } from '../../policy/severity.js';
import type { CollectionReading, UnreadRecords } from '../../sources/source.js';
import type { CommandContext } from '../command.js';
import { knownLines, wordedChange } from '../text/change-text.js';
import { keyValues } from '../text/record-key.js';
import { unmatchedText } from '../text/unmatched-text.js';
import { annotators, changeCounts, definitionsIn, nextSteps, type SiteCheck } from './checked-site.js';

/** One site as `tillwarden check --json` says it (docs/json.md): all that the text says, and every value whole. */
export function siteJson(context: CommandContext, rules: readonly SeverityRule[], check: SiteCheck): object {
  const { name, approval, reading, outcomes, suppressed } = check;
  const { head } = approval;
  const definitions = definitionsIn(check);
  const annotate = annotators(check, definitions, context.clock());
  const told = (change: Change) =>
    changeJson(change, { rules, definitions, annotations: annotate(change) }, suppressed);
  return {
    site: name,
    observedAtMs: reading.observedAtMs,
    baseline:
      head === null ? null : { version: head.version, digest: head.digest, expires: head.statement.expires },
    collections: [...outcomes].map(([collection, outcome]) => ({
      collection,
      ...outcomeJson(outcome, told),
      ...unmatchedJson(collection, reading.readings.get(collection)),
    })),
    problems: approval.problems,
    degradations: reading.degradations,
    next: nextSteps(context, check),
  };
}

function outcomeJson(outcome: CollectionOutcome, told: (change: Change) => object): object {
  switch (outcome.outcome) {
    case 'same':
      return outcome;
    case 'unknown':
      return { ...outcome, words: unknownBecause(outcome.cause) };
    case 'drifted': {
      const { changes, unread } = outcome;
      return {
        outcome: outcome.outcome,
        counts: changeCounts(changes),
        changes: changes.map(told),
        ...unreadJson(unread),
      };
    }
  }
}

/** Absent where every record could be read. */
function unreadJson(unread: UnreadRecords | undefined): object {
  if (unread === undefined) return {};
  const { count, cause, detail } = unread;
  return { unread: { count, cause, detail, words: unknownBecause(cause) } };
}

function changeJson(
  change: Change,
  context: Parameters<typeof wordedChange>[1],
  suppressed: SiteCheck['suppressed'],
): object {
  const { fingerprint, kind, type, key, before, after } = change;
  const { subject, alert } = wordedChange(change, context);
  return {
    fingerprint,
    kind,
    type,
    severity: alert.severity,
    headline: alert.headline,
    key: keyValues(key),
    before: before === null ? null : recordJson(before.line),
    after: after.map(({ line }) => recordJson(line)),
    ...(subject.lookalikeOf === undefined ? {} : { lookalikeOf: keyValues(subject.lookalikeOf) }),
    notes: alert.fields.flatMap((field) =>
      (field.notes ?? []).map((note) => ({
        ...{ field: field.name, path: field.path?.untrusted ?? null },
        words: noteWords(note, field),
      })),
    ),
    fieldsLeftOut: alert.fieldsLeftOut,
    known: knownLines(subject).map((line) => line.replace(/^ *! /, '')),
    ...suppressedJson(suppressed.get(fingerprint)),
  };
}

/** Absent where every rule of a derivation found something, or there is none. */
function unmatchedJson(collection: string, reading: CollectionReading | undefined): object {
  if (reading?.readable !== true || reading.unmatched === undefined) return {};
  const { noRow, paths } = reading.unmatched;
  return { unmatched: { noRow, paths, words: unmatchedText(collection, reading.unmatched) } };
}

/** Absent where nobody signed anything in advance. */
function suppressedJson(suppression: SuppressedBy | undefined): object {
  if (suppression === undefined) return {};
  const { what, id, signers, untilMs, reason } = suppression;
  return { suppressed: { what, id, signers, until: new Date(untilMs).toISOString(), reason } };
}

/** Encoded values, as the records files hold them (baselines/README.md). */
function recordJson(line: string): object {
  const { key, fields } = parseRecordLine(line);
  return { key, fields: Object.fromEntries(fields) };
}
