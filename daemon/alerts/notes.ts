import { type FieldNote, LONGEST_ADDRESS, sharedEnds, type Untrusted } from '../../notifiers/index.js';
import type { DestinationVerdict } from '../finding.js';
import { skeleton } from '../policy/lookalike.js';

/** Shorter values are read whole, so that equal ends deceive nobody. In characters. */
const LEAST_CHARACTERS = 16;
/** Fewer equal characters at either end happen by chance, and are seen. */
const LEAST_END = 4;
/** So few other characters towards the end of a long value are overlooked. */
const MOST_OTHERS = 2;

/** Why the two values of a field deserve a second look. `hidden`: the message shows neither of them whole. */
export function notesOf(before: Untrusted | null, after: Untrusted | null, hidden: boolean): FieldNote[] {
  const [was, now] = [readable(before), readable(after)];
  if (was === null || now === null) return [];
  const masked: FieldNote[] = hidden ? [{ note: 'masked', differ: was !== now }] : [];
  if (was === now || was.length > LONGEST_ADDRESS || now.length > LONGEST_ADDRESS) return masked;
  return [...sameEnds(was, now), ...looksAlike(was, now), ...masked];
}

/** What is to be said of an address that a change put there. Of a book that nobody signed, or that is not whole yet, nothing. */
export function destinationNotes(verdict: DestinationVerdict): FieldNote[] {
  const { book, label, servesCoins } = verdict;
  const found: FieldNote[] =
    (book === 'known' || book === 'lookalike') && label !== undefined
      ? [{ note: 'book', found: book, label }]
      : book === 'unknown'
        ? [{ note: 'book', found: 'unknown' }]
        : [];
  const coins: FieldNote[] = servesCoins === undefined ? [] : [{ note: 'serves-coins', coins: servesCoins }];
  const customer: FieldNote[] = verdict.customer === true ? [{ note: 'customer' }] : [];
  return [...found, ...wrongNotes(verdict), ...coins, ...customer];
}

function wrongNotes({ wrong, coin, expected }: DestinationVerdict): FieldNote[] {
  if (wrong === undefined || coin === undefined) return [];
  if (wrong === 'invalid') return [{ note: 'address-invalid', coin }];
  if (wrong === 'test-network') return [{ note: 'address-test', coin }];
  return expected === undefined ? [] : [{ note: 'address-other', coin, expected }];
}

/** A text that is carried as itself and is not empty. */
function readable(value: Untrusted | null): string | null {
  return value === null || (value.form ?? 'text') !== 'text' || value.untrusted === ''
    ? null
    : value.untrusted;
}

/** Notes about values that people compare by their ends: addresses, ids, keys. Text with blanks is read, not compared. */
function sameEnds(was: string, now: string): FieldNote[] {
  const shortest = Math.min(characters(was), characters(now));
  if (shortest < LEAST_CHARACTERS || /\s/u.test(was + now)) return [];
  const { start, end } = sharedEnds(was, now);
  const first = characters(was.slice(0, start));
  const last = characters(was.slice(was.length - end));
  const isAlike = first >= LEAST_END && last >= LEAST_END;
  // An address that differs in its last characters only is compared by its beginning.
  const isNearlyAll =
    first >= LEAST_END && first + last >= shortest - MOST_OTHERS && characters(was) === characters(now);
  return isAlike || isNearlyAll ? [{ note: 'same-ends', first, last }] : [];
}

function looksAlike(was: string, now: string): FieldNote[] {
  const hasLetters = /\p{L}/u.test(was) && /\p{L}/u.test(now);
  const shape = skeleton(was);
  return hasLetters && shape !== '' && shape === skeleton(now) ? [{ note: 'looks-alike' }] : [];
}

const characters = (text: string): number => Array.from(text).length;
