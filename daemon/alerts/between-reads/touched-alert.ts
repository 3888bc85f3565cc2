import type { Alert, AlertFact } from '../../../notifiers/index.js';
import type { TouchNews } from '../../policy/touches.js';
import { grouped } from '../../wording.js';
import { type AlertContext, atMost, completeAlert } from '../compose.js';
import { masked } from '../masking.js';
import { untrustedValue } from '../quoting.js';
import { siteCommand } from '../steps.js';
import { noun } from '../words.js';

/** Records that are named; the rest is counted. */
const MAX_NAMED = 12;

/** The notice that records were written and stand as before: by it a change that was taken back between two reads is told. */
export function composeTouched(context: AlertContext, news: TouchNews): Alert {
  const { kind, count, collection, hinted, besideChange, severity, last } = news;
  const were = `${count} ${noun(kind, count)} ${count === 1 ? 'was written and stands' : 'were written and stand'} as before`;
  const how = besideChange
    ? 'Others beside them changed. Who saves a whole list writes all of it; or somebody changed these as well and changed them back in between.'
    : hinted
      ? 'The database said that a watched value changed, and the read after it found all as it was: somebody may have changed it and changed it back in between.'
      : 'Nobody said that a watched value changed: a form that was saved unchanged, or somebody who changed it and changed it back past our triggers.';
  return completeAlert(context, {
    type: 'touched',
    role: 'notice',
    severity,
    title: were,
    consequence: `${how}${kind === 'wallet-route' ? ' Coins may have gone elsewhere for that time.' : ''}`,
    facts: [
      { label: 'Collection', text: collection },
      ...named(context, news),
      ...(last
        ? [
            {
              label: 'No more of it',
              text: `this happens all the time in ${collection}: nothing more of it is told until nothing was written there for an hour`,
            },
          ]
        : []),
    ],
    nextSteps: [
      { text: 'Find out who wrote there just now, and look at the transactions of that time.' },
      { text: 'See whether anything differs:', command: siteCommand('check', context.site) },
      ...(last
        ? [{ text: `If the application writes there by itself, set "touch: off" for ${collection}.` }]
        : []),
    ],
  });
}

function named(
  { definitions, personal }: AlertContext,
  { collection, count, records }: TouchNews,
): AlertFact[] {
  const columns = definitions.get(collection)?.key ?? [];
  const hidden = personal.get(collection);
  const facts = records.slice(0, MAX_NAMED).flatMap(({ key }) =>
    keyParts(key).map((part, i): AlertFact => {
      const column = columns[i] ?? `key ${i + 1}`;
      const value = untrustedValue(part);
      return { label: column, quoted: hidden?.has(column) === true ? masked(value) : value };
    }),
  );
  const rest = count - Math.min(records.length, MAX_NAMED);
  return [
    ...atMost(2 * MAX_NAMED, facts),
    ...(rest > 0 ? [{ label: 'And more', text: grouped(rest, 'record') }] : []),
  ];
}

function keyParts(key: string): (string | null)[] {
  const parts: unknown = JSON.parse(key);
  return Array.isArray(parts) ? parts.map((part) => (typeof part === 'string' ? part : null)) : [];
}
