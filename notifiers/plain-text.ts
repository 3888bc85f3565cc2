import { type Quotation, quotationText } from './quote.js';
import type { ChangeView, FieldView } from './view.js';

const WIDTH = 76;

/**
 * A change in lines of plain text, for every sink that parses nothing: our words wrapped, quoted values on lines of their own, each begun
 * by our words, with carets under what differs where they fit. Pure.
 */
export function changeLines(change: ChangeView, index: number): string[] {
  return [
    ...wrap(`${index + 1}. ${change.headline}`, '', '   '),
    `   ${quotationText(change.record)}`,
    ...(change.lookalike === null ? [] : [`   ${quotationText(change.lookalike)}`]),
    ...change.fields.flatMap(fieldLines),
    ...(change.more === null ? [] : [`   ${change.more}`]),
  ];
}

function fieldLines(field: FieldView): string[] {
  const name = `   ${quotationText(field.name)}`;
  const notes = field.notes.flatMap((note) => wrap(note, '     ! ', '       '));
  if (field.compact) {
    return [...field.lines.map((line) => `${name} ${line.label} ${quotationText(line.value)}`), ...notes];
  }
  return [
    name,
    ...field.lines.flatMap((line) => {
      const label = `     ${line.label} `;
      const marks = markLine(line.value);
      const text = label + quotationText(line.value);
      return marks === null || text.length > WIDTH ? [text] : [text, ' '.repeat(label.length) + marks];
    }),
    ...notes,
  ];
}

/** Carets under what differs; null where all or nothing differs, or where letters are not one column wide. */
function markLine(quotation: Quotation): string | null {
  const values = quotation.filter((part) => part.from === 'value');
  const partly = values.some((part) => part.differs) && values.some((part) => !part.differs);
  if (!partly || values.some((part) => /[^ -~]/.test(part.text))) return null;
  return quotation
    .map((part) => (part.differs ? '^' : ' ').repeat(part.text.length))
    .join('')
    .trimEnd();
}

/** Our own words in lines of at most 76 columns: the first begun by `first`, the others by `others`. */
export function wrap(text: string, first: string, others: string): string[] {
  const lines: string[] = [];
  let line: string | null = null;
  for (const word of text.split(' ')) {
    if (line !== null && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = others + word;
    } else {
      line = line === null ? first + word : `${line} ${word}`;
    }
  }
  return line === null ? lines : [...lines, line];
}
