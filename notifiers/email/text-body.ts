import { type Quotation, quotationText } from '../quote.js';
import type { ChangeView, FieldView } from '../view.js';
import type { EmailBody } from './body.js';

const WIDTH = 76;
/** RFC 5322 2.1.1 allows 998 bytes; a quoted value that long continues on an indented line. */
const MAX_LINE_BYTES = 900;

/** The plain text of a mail: lines of our words, with quoted values on lines of their own, each begun by our words. Pure. */
export function textDocument({ view, counts, guide, quotes }: EmailBody): string {
  const paragraphs: (readonly string[])[] = [
    wrap(view.consequence, '', ''),
    view.repeat === null ? [] : wrap(view.repeat, '', ''),
    quotes ? wrap(guide, '', '') : [],
    view.facts.flatMap(factLines),
    counts.length === 0 ? [] : ['Changes', ...counts.flatMap((line) => wrap(line, '  ', '    '))],
    ...view.changes.map(changeLines),
    view.rest.flatMap((line, index) => wrap(line, index === 0 ? '' : '  ', '    ')),
    view.steps.length === 0 ? [] : ['What to do', ...view.steps.flatMap(stepLines)],
    quotes ? [] : wrap(guide, '', ''),
    [view.proof],
  ];
  const filled = paragraphs.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.flatMap(split).join('\n')).join('\n\n')}\n`;
}

function factLines(fact: EmailBody['view']['facts'][number]): string[] {
  const line = `${fact.label}: ${quotationText(fact.value)}`;
  return fact.value.some((part) => part.from === 'value') ? [line] : wrap(line, '', '  ');
}

function stepLines(step: EmailBody['view']['steps'][number], index: number): string[] {
  const text = wrap(`${index + 1}. ${step.text}`, '', '   ');
  return step.command === null ? text : [...text, `     ${step.command}`];
}

function changeLines(change: ChangeView, index: number): string[] {
  return [
    ...wrap(`${index + 1}. ${change.headline}`, '', '   '),
    `   ${quotationText(change.record)}`,
    ...change.fields.flatMap(fieldLines),
    ...(change.more === null ? [] : [`   ${change.more}`]),
  ];
}

function fieldLines(field: FieldView): string[] {
  const name = `   ${quotationText(field.name)}`;
  if (field.compact) {
    return field.lines.map((line) => `${name} ${line.label} ${quotationText(line.value)}`);
  }
  return [
    name,
    ...field.lines.flatMap((line) => {
      const label = `     ${line.label} `;
      const marks = markLine(line.value);
      const text = label + quotationText(line.value);
      return marks === null || text.length > WIDTH ? [text] : [text, ' '.repeat(label.length) + marks];
    }),
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

/** Our own words in lines of at most `WIDTH` columns. */
function wrap(text: string, first: string, others: string): string[] {
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

/** A line that is too long for mail continues indented, at a space where there is one. */
function split(line: string): string[] {
  const lines: string[] = [];
  let current = '';
  for (const character of line) {
    if (Buffer.byteLength(current) + Buffer.byteLength(character) > MAX_LINE_BYTES) {
      const space = current.lastIndexOf(' ');
      const end = space > current.length / 2 ? space : current.length;
      lines.push(current.slice(0, end));
      current = `       ${current.slice(end).trimStart()}`;
    }
    current += character;
  }
  return [...lines, current];
}
