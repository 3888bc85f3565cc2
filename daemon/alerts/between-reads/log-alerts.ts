import { encodeValue, parseRecordLine, recordLine } from '../../../baselines/index.js';
import type { Alert, AlertChange, AlertFact } from '../../../notifiers/index.js';
import type { FaultNews, TransientNews } from '../../policy/log-news.js';
import { isValue, type Transient } from '../../policy/logged.js';
import type { LogFault } from '../../sources/source.js';
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

const FAULTS: Readonly<
  Record<LogFault, (count: number) => { readonly title: string; readonly consequence: string }>
> = {
  gone: (count) => ({
    title: `${grouped(count, 'entry')} of the change log ${count === 1 ? 'is' : 'are'} gone`,
    consequence:
      'They were read before and are younger than entries are kept. Whoever deleted them can be its owner or a superuser alone.',
  }),
  altered: (count) => ({
    title: `${grouped(count, 'entry')} of the change log ${count === 1 ? 'reads' : 'read'} otherwise than before`,
    consequence:
      'Nobody but its owner and superusers can write there. What was told before is what stood there first.',
  }),
  unlinked: (count) => ({
    title: `${grouped(count, 'link')} of the change log ${count === 1 ? 'does' : 'do'} not hold`,
    consequence: 'Entries before them are missing or altered: what was changed in that time is not known.',
  }),
  unread: () => ({
    title: 'the change log cannot be read',
    consequence:
      'Its table is gone, locked or altered, or may not be read. Who changed what is not known meanwhile; what differs is told as ever.',
  }),
};

/** The notice that a change log is not whole. */
export function composeLogFault(context: AlertContext, { source, log, fault, count }: FaultNews): Alert {
  return completeAlert(context, {
    type: 'log-gap',
    role: 'notice',
    severity: 'critical',
    ...FAULTS[fault](count),
    facts: [
      { label: 'Source', text: source },
      { label: 'Change log', text: log },
    ],
    nextSteps: [
      { text: 'Find out who may act as the owner of the log, and who is superuser there.' },
      { text: 'See what differs:', command: siteCommand('check', context.site) },
    ],
  });
}
