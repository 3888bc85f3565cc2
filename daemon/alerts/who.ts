import type { Attribution, Untrusted } from '../../notifiers/index.js';
import { moment } from '../../notifiers/index.js';
import type { Condition, Logged } from '../finding.js';
import type { Activity } from '../sources/source.js';
import { duration } from '../wording.js';

/** Nothing that is read says who wrote a row. */
const NOBODY_KNOWN: Attribution = { confidence: 'unknown' };

/**
 * Who made these changes, as far as it is known, and how: by the worst of them that says something. What the database saw comes first; who was active by the
 * application's own notes stands beside it.
 */
export function whoMade(changes: readonly Pick<Condition, 'subject'>[]): Attribution {
  let otherwise = NOBODY_KNOWN;
  for (const { subject } of changes) {
    if (subject.what !== 'change') continue;
    const { logged, activity } = subject;
    const beside = activity === undefined ? null : inferred(activity);
    if (logged?.entry === 'there') return observedWriter(logged, beside);
    if (otherwise !== NOBODY_KNOWN) continue;
    if (logged !== undefined) otherwise = pastTheLog(logged);
    else if (beside !== null) otherwise = beside;
  }
  return otherwise;
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
