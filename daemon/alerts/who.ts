import type { Attribution, Untrusted } from '../../notifiers/index.js';
import { moment } from '../../notifiers/index.js';
import type { Condition, Logged } from '../finding.js';
import type { Activity } from '../sources/source.js';
import { duration } from '../wording.js';

/** Nothing that is read says who wrote a row. */
const NOBODY_KNOWN: Attribution = { confidence: 'unknown' };

/**
 * Who made these changes, as far as it is known, and how: by the worst of them that says something. What the database saw comes first; who was active by the
 * application's own notes stands beside it. Nobody is named for what has no entry because others of these changes have one: that is said first.
 */
export function whoMade(changes: readonly Pick<Condition, 'subject'>[]): Attribution {
  const subjects = changes.flatMap(({ subject }) => (subject.what === 'change' ? [subject] : []));
  const missing = subjects.flatMap(({ logged }) => (logged?.entry === 'missing' ? [logged] : []));
  const [observed] = subjects.flatMap(({ logged, activity }) =>
    logged?.entry === 'there'
      ? [observedWriter(logged, activity === undefined ? null : inferred(activity))]
      : [],
  );
  const [past] = missing;
  if (observed !== undefined)
    return past === undefined ? observed : partlyPastTheLog(past, missing.length, subjects.length, observed);
  const telling = subjects.find(({ logged, activity }) => logged !== undefined || activity !== undefined);
  if (telling?.logged !== undefined) return pastTheLog(telling.logged);
  return telling?.activity === undefined ? NOBODY_KNOWN : inferred(telling.activity);
}

/** Whoever wrote an entry of a change log, and what its client says of itself. */
export function observedWriter(
  { log, atMs, by }: Pick<Extract<Logged, { entry: 'there' }>, 'log' | 'atMs' | 'by'>,
  inferred: Attribution | null = null,
): Attribution {
  const quoted = (untrusted: string): Untrusted => ({ untrusted });
  const claimed = [
    ...(by.person === null ? [] : [{ label: 'user', value: quoted(by.person) }]),
    ...(by.application === null ? [] : [{ label: 'application', value: quoted(by.application) }]),
  ];
  return {
    confidence: 'observed',
    who: quoted(by.user),
    ...(by.role === null ? {} : { actingAs: quoted(by.role) }),
    ...(by.address === null ? {} : { address: quoted(by.address) }),
    from: `the session that wrote it at ${moment(atMs, 'UTC')}, by ${log}`,
    ...(claimed.length === 0 ? {} : { claimed }),
    ...(inferred === null ? {} : { beside: inferred }),
  };
}

function pastTheLog({ log }: Logged): Attribution {
  return { confidence: 'unknown', because: `${log} has no entry of it: it was made past our triggers` };
}

function partlyPastTheLog({ log }: Logged, missing: number, all: number, beside: Attribution): Attribution {
  const made = missing === 1 ? 'it was made' : 'they were made';
  const because = `${log} has no entry of ${missing} of these ${all} changes: ${made} past our triggers`;
  return { confidence: 'unknown', because, beside };
}

function inferred({ table, users, withinMs }: Activity): Attribution {
  const [last, ...others] = users;
  const within = duration(withinMs);
  if (last === undefined) {
    return { confidence: 'inferred', who: null, from: `nobody was active within ${within} by ${table}` };
  }
  const beside =
    others.length === 0 ? 'nobody else' : `${others.length} ${others.length === 1 ? 'other' : 'others'}`;
  const ago = last.agoMs < 1_000 ? `${last.agoMs} ms` : duration(last.agoMs);
  return {
    confidence: 'inferred',
    who: { untrusted: last.user },
    ...(last.address === null ? {} : { address: { untrusted: last.address } }),
    from: `active ${ago} before it was read, ${beside} within ${within}, by ${table}`,
  };
}
