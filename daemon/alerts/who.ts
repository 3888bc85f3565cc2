import type { Attribution } from '../../notifiers/index.js';
import type { Condition } from '../finding.js';
import type { Activity } from '../sources/source.js';
import { duration } from '../wording.js';

/** Nothing that is read says who wrote a row. */
const NOBODY_KNOWN: Attribution = { confidence: 'unknown' };

/** Who may have made these changes, by the worst of them that says something; it is inferred, and says how. */
export function whoMade(changes: readonly Pick<Condition, 'subject'>[]): Attribution {
  for (const { subject } of changes) {
    if (subject.what === 'change' && subject.activity !== undefined) return inferred(subject.activity);
  }
  return NOBODY_KNOWN;
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
