import type { AlertField, Attribution, FieldNote } from './alert.js';
import { type Quotation, quotation } from './quote.js';
import { ourWords, plural } from './wording.js';

/** The words before the key of the signed record whose name a new one imitates. */
export const LOOKALIKE = 'Its name can be taken for that of a signed record';

/** Who did it, where nothing is known: with the reason, so that nobody waits for it. */
const NOBODY_KNOWN = 'unknown: what is read does not say who wrote it';

/** The words of a note about the values of a field: ours. */
export function noteWords(note: FieldNote, { before }: Pick<AlertField, 'before'>): string {
  const other = before === null ? 'a signed one' : 'the old one';
  switch (note.note) {
    case 'same-ends':
      return `Looks like ${other}: ${ends(note)} characters are the same.`;
    case 'looks-alike':
      return `Can be taken for ${other}: only letters that look alike, capitals, blanks or separators differ.`;
    case 'book':
      return bookWords(note);
    case 'address-invalid':
      return `No valid ${ourWords(note.coin, 20)} address: its checksum or form is wrong.`;
    case 'address-test':
      return `A valid ${ourWords(note.coin, 20)} address of another network: that of coins for trying out, which are worth nothing.`;
    case 'address-other':
      return `A valid ${ourWords(note.coin, 20)} address; expected here is one of ${ourWords(note.expected, 20)}.`;
    case 'serves-coins':
      return `This one address now serves ${plural(note.coins)} coins: tokens of one chain may share one, coins cannot.`;
    case 'customer':
      return 'The same address appears as a customer’s: money of routes would go to somebody who was paid here before.';
    case 'stands-twice':
      return `Stands ${plural(note.times)} times in this value: parsers disagree which one counts.`;
    case 'indicator':
      return `Known from ${ourWords(note.incident, 64)}: a ${ourWords(note.what, 40)} found there.`;
    case 'feed-names-own':
      return `Feed ${ourWords(note.feed, 64)} names it, and your address book has it: ${ourWords(note.label, 64)}.`;
    case 'masked':
      return note.differ
        ? 'Masked here; the two values differ.'
        : 'Masked here; the two values are the same.';
  }
}

function bookWords(note: Extract<FieldNote, { note: 'book' }>): string {
  switch (note.found) {
    case 'known':
      return `In your address book: ${ourWords(note.label, 64)}.`;
    case 'lookalike':
      return `NOT in your address book, and made to look like one that is: ${ourWords(note.label, 64)}.`;
    case 'unknown':
      return 'Not in your address book.';
  }
}

function ends({ first, last }: Extract<FieldNote, { note: 'same-ends' }>): string {
  const both = [
    ...(first > 0 ? [`the first ${plural(first)}`] : []),
    ...(last > 0 ? [`the last ${plural(last)}`] : []),
  ];
  return both.join(' and ');
}

/** Who did it: "unknown", "“gb” (observed: …); claimed: user “bob”", "probably “gb” (inferred: …)". */
export function attribution(who: Attribution, limit: number): Quotation {
  const beside = who.beside === undefined ? [] : [ours('; '), ...attribution(who.beside, limit)];
  if (who.confidence === 'unknown') return [ours(unknownWords(who)), ...beside];
  const from = ` (${who.confidence}: ${ourWords(who.from, 150)})`;
  if (who.who === null) return [ours(`nobody was logged in: command line or SQL${from}`)];
  const role = who.actingAs === undefined ? [] : [ours(' acting as '), ...quotation(who.actingAs, limit)];
  const address = who.address === undefined ? [] : [ours(' from '), ...quotation(who.address, limit)];
  const claimed = (who.claimed ?? []).flatMap(({ label, value }, i) => [
    ours(`${i === 0 ? '; claimed: ' : ', '}${ourWords(label, 30)} `),
    ...quotation(value, limit),
  ]);
  const named = [...quotation(who.who, limit), ...role, ...address, ours(from), ...claimed, ...beside];
  return who.confidence === 'observed' ? named : [ours('probably '), ...named];
}

/** The same without the name, for what may hold our own words alone. */
export function attributionUnnamed(who: Attribution): string {
  const beside = who.beside === undefined ? '' : `; ${attributionUnnamed(who.beside)}`;
  if (who.confidence === 'unknown') return `${unknownWords(who)}${beside}`;
  const words =
    who.who === null
      ? `nobody was logged in: command line or SQL (${who.confidence}: ${ourWords(who.from, 150)})`
      : `${who.confidence}, named where values are quoted (${ourWords(who.from, 150)})`;
  return `${words}${beside}`;
}

function unknownWords({ because }: Extract<Attribution, { confidence: 'unknown' }>): string {
  return because === undefined ? NOBODY_KNOWN : `unknown: ${ourWords(because, 150)}`;
}

const ours = (text: string) => ({ text, from: 'us' as const, differs: false });
