import { type Definition, encodeValue, parseRecordLine, recordLine } from '../../../baselines/index.js';
import { type Alert, type AlertChange, type AlertFact, moment } from '../../../notifiers/index.js';
import type { Bulk, FaultNews, RowNews, TransientNews } from '../../policy/log-news.js';
import { isValue, type Transient } from '../../policy/logged.js';
import type { RowTransient } from '../../policy/logged-rows.js';
import type { LogFault, LoggedRow } from '../../sources/source.js';
import { duration, grouped } from '../../wording.js';
import { type AlertContext, completeAlert } from '../compose.js';
import { type ChangeSubject, createQuoter } from '../quoting.js';
import { siteCommand } from '../steps.js';
import { observedWriter } from '../who.js';
import { noun } from '../words.js';

/** The notice of values that stood between two reads and stand no more, by the change log. */
export function composeTransient(context: AlertContext, news: TransientNews): Alert {
  const { definition, severity, count, transients, log } = news;
  const { kind, name } = definition;
  const [first] = transients;
  const quoter = createQuoter();
  const changes = transients.flatMap((one): AlertChange[] => {
    const subject = subjectOf(news, one);
    if (subject === null) return [];
    const headline = `${noun(kind, 1)}: for ${duration(one.untilMs - one.change.atMs)}, and not any more`;
    return [quoter.change(subject, { severity, headline, definition, personal: context.personal })];
  });
  const diverted = kind === 'wallet-route' ? ' Coins may have gone elsewhere for that time.' : '';
  return completeAlert(context, {
    type: 'transient',
    role: 'notice',
    severity,
    title: `${count} ${noun(kind, count)} changed and changed again between two reads`,
    consequence: `The change log has values that stand no more, and that nobody signed.${diverted}`,
    ...(first === undefined
      ? {}
      : { who: observedWriter({ log, atMs: first.change.atMs, by: first.change.by }) }),
    facts: [
      { label: 'Collection', text: name },
      ...transients.flatMap(({ secrets }) => secrets.map(secretFact)),
      ...(count > transients.length
        ? [{ label: 'And more', text: grouped(count - transients.length, 'value') }]
        : []),
    ],
    changes,
    nextSteps: [
      { text: 'Ask whoever is named, and look at the transactions of that time.' },
      { text: 'See whether anything differs now:', command: siteCommand('check', context.site) },
    ],
  });
}

/** The notice of rows, out of which records are derived, that were otherwise between two reads, by the change log. */
export function composeRowTransient(context: AlertContext, news: RowNews): Alert {
  const { table, collections, severity, count, rows, log } = news;
  const [first] = rows;
  const quoter = createQuoter();
  const changes = rows.flatMap((one): AlertChange[] => {
    const subject = rowSubject(news, one);
    if (subject === null) return [];
    const lasted = duration(one.untilMs - one.change.atMs);
    const headline = one.superseded
      ? `a row: it counted for ${lasted}, until a newer one did`
      : `a row: for ${lasted}, and not any more`;
    return [
      quoter.change(subject, {
        severity,
        headline,
        definition: rowDefinition(news),
        personal: context.personal,
      }),
    ];
  });
  const sealed = new Set(rows.flatMap((one) => one.sealed));
  const diverts = collections.some(({ kind }) => kind === 'wallet-route');
  return completeAlert(context, {
    type: 'transient',
    role: 'notice',
    severity,
    title: `${grouped(count, 'row')} of ${table} changed and changed again between two reads`,
    consequence: `The change log has settings that stand no more, and that nobody signed. What was in them is not kept.${diverts ? ' Coins may have gone elsewhere for that time.' : ''}`,
    ...(first === undefined
      ? {}
      : { who: observedWriter({ log, atMs: first.change.atMs, by: first.change.by }) }),
    facts: [
      { label: 'Table', text: table },
      { label: 'Read by', text: collections.map(({ name }) => name).join(', ') },
      ...[...sealed].map(secretFact),
      ...(count > rows.length ? [{ label: 'And more', text: grouped(count - rows.length, 'row') }] : []),
    ],
    changes,
    nextSteps: [
      { text: 'Ask whoever is named, and look at the row and at the transactions of that time.' },
      { text: 'See whether anything differs now:', command: siteCommand('check', context.site) },
    ],
  });
}

/** A row as the log keeps it, in the form of a record. */
function rowDefinition({ collections, key, rows }: RowNews): Definition | undefined {
  const [first] = collections;
  if (first === undefined) return undefined;
  const { name, kind, source, table } = first;
  const kept = new Set(
    rows.flatMap(({ before, change }) => [...(before?.keys() ?? []), ...(change.after?.keys() ?? [])]),
  );
  return {
    name,
    kind,
    source,
    table,
    key,
    columns: [...kept].filter((one) => !key.includes(one)),
    secret: [],
  };
}

function rowSubject(news: RowNews, { key, change, before }: RowTransient): ChangeSubject | null {
  const definition = rowDefinition(news);
  const parts: unknown = JSON.parse(key);
  const { after } = change;
  if (definition === undefined || !Array.isArray(parts) || before === undefined || after === undefined)
    return null;
  const names = parts.map((part) => (typeof part === 'string' ? part : null));
  const lineOf = (row: LoggedRow): string => {
    const fields = definition.columns.map((column): [string, string | null] => {
      const text = row.get(column) ?? null;
      return [column, text === null ? null : encodeValue({ form: 'text', text })];
    });
    return recordLine({ key: names, fields: new Map(fields) }).line;
  };
  const about = { what: 'change', collection: definition.name, kind: definition.kind, key } as const;
  const is = after === null ? [] : [lineOf(after)];
  if (before === null) return is.length === 0 ? null : { ...about, type: 'added', before: null, after: is };
  return { ...about, type: after === null ? 'removed' : 'modified', before: lineOf(before), after: is };
}

function secretFact(column: string): AlertFact {
  return { label: column, text: 'was set and set again; no value of it is kept' };
}

/** What stood there in between, beside what stands now; null where it cannot be shown. */
function subjectOf(
  { definition }: TransientNews,
  { key, base, change, secrets }: Transient,
): ChangeSubject | null {
  const { after } = change;
  const now = base === null ? null : parseRecordLine(base.line).fields;
  const about = { what: 'change', collection: definition.name, kind: definition.kind, key } as const;
  if (after === undefined || (secrets.length > 0 && after === null)) return null;
  if (after === null)
    return base === null ? null : { ...about, type: 'removed', before: base.line, after: [] };
  const fields = new Map(
    definition.columns.map((column): [string, string | null] => {
      const [text, current = null] = [after.get(column), now?.get(column)];
      if (text === undefined || isValue(current, text)) return [column, current];
      return [column, text === null ? null : encodeValue({ form: 'text', text })];
    }),
  );
  const parts: unknown = JSON.parse(key);
  const names = Array.isArray(parts) ? parts.map((part) => (typeof part === 'string' ? part : null)) : [];
  const { line } = recordLine({ key: names, fields });
  return { ...about, type: base === null ? 'added' : 'modified', before: base?.line ?? null, after: [line] };
}

const WHOSE_LOG = 'Find out who may act as the owner of the log, and who is superuser there.';

const FAULTS: Readonly<
  Record<
    LogFault,
    (count: number) => { readonly title: string; readonly consequence: string; readonly ask: string }
  >
> = {
  gone: (count) => ({
    title: `${grouped(count, 'entry')} of the change log ${count === 1 ? 'is' : 'are'} gone`,
    consequence:
      'Somebody deleted what had been read, so who changed what then cannot be shown any more. Only the owner of the log or a superuser can do that.',
    ask: WHOSE_LOG,
  }),
  altered: (count) => ({
    title: `${grouped(count, 'entry')} of the change log ${count === 1 ? 'reads' : 'read'} otherwise than before`,
    consequence:
      'Nobody but its owner and superusers can write there. What was told before is what stood there first.',
    ask: WHOSE_LOG,
  }),
  unlinked: (count) => ({
    title: `${grouped(count, 'link')} of the change log ${count === 1 ? 'does' : 'do'} not hold`,
    consequence: 'Entries before them are missing or altered: what was changed in that time is not known.',
    ask: WHOSE_LOG,
  }),
  unread: () => ({
    title: 'the change log cannot be read',
    consequence:
      'Its table is gone, locked or altered, or may not be read. Who changed what is not known meanwhile; what differs is told as ever.',
    ask: WHOSE_LOG,
  }),
  unjudged: (count) => ({
    title: `${grouped(count, 'entry')} of the change log ${count === 1 ? 'was' : 'were'} let go before the next look`,
    consequence:
      'More was written than is kept between two looks. It may be nothing but a large import or clean-up; and among so many rows one can hide that was changed and put back. What differs now is told as ever.',
    ask: 'Ask whoever wrote so much at once. If none of you knows of it: look in the log at what was written then, and treat it as an attack.',
  }),
};

/** What so many entries were, where one transaction wrote all of them: most often one statement. */
function bulkTitle({ tables, transaction }: Bulk, count: number): string | null {
  if (transaction === null) return null;
  return `one transaction wrote so many rows of ${tables.join(', ')} that ${grouped(count, 'entry')} of the change log ${count === 1 ? 'was' : 'were'} let go`;
}

function bulkFacts({ tables, fromMs, toMs, isOneWriter }: Bulk, timeZone: string): AlertFact[] {
  const [from, to] = [moment(fromMs, timeZone), moment(toMs, timeZone)];
  return [
    { label: tables.length === 1 ? 'Table' : 'Tables', text: tables.join(', ') },
    { label: 'Written', text: from === to ? from : `${from} to ${to}` },
    ...(isOneWriter ? [] : [{ label: 'Written by', text: 'several; named is who wrote the first of it' }]),
  ];
}

/** The notice that a change log is not whole. */
export function composeLogFault(
  context: AlertContext,
  { source, log, fault, count, bulk }: FaultNews,
): Alert {
  const { title, consequence, ask } = FAULTS[fault](count);
  return completeAlert(context, {
    type: 'log-gap',
    role: 'notice',
    severity: 'critical',
    title: (bulk === undefined ? null : bulkTitle(bulk, count)) ?? title,
    consequence,
    ...(bulk === undefined ? {} : { who: observedWriter({ log, atMs: bulk.fromMs, by: bulk.by }) }),
    facts: [
      ...(bulk === undefined ? [] : bulkFacts(bulk, context.timeZone)),
      { label: 'Source', text: source },
      { label: 'Change log', text: log },
    ],
    nextSteps: [{ text: ask }, { text: 'See what differs:', command: siteCommand('check', context.site) }],
  });
}
