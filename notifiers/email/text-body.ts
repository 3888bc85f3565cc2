import { changeLines, wrap } from '../plain-text.js';
import { quotationText } from '../quote.js';
import type { EmailBody } from './body.js';

/** RFC 5322 2.1.1 allows 998 bytes; a quoted value that long continues on an indented line. */
const MAX_LINE_BYTES = 900;

/** The plain text of a mail: lines of our words, with quoted values on lines of their own, each begun by our words. Pure. */
export function textDocument({ view, counts, guide, quotes }: EmailBody): string {
  const paragraphs: (readonly string[])[] = [
    [...wrap(view.title, '', ''), ...wrap(view.consequence, '', '')],
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

/** A line that is too long for mail continues indented, at a space where there is one. */
function split(line: string): string[] {
  const lines: string[] = [];
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return [line];
  let current = '';
  let bytes = 0;
  for (const character of line) {
    const more = Buffer.byteLength(character);
    if (bytes + more > MAX_LINE_BYTES) {
      const space = current.lastIndexOf(' ');
      const end = space > current.length / 2 ? space : current.length;
      lines.push(current.slice(0, end));
      current = `       ${current.slice(end).trimStart()}`;
      bytes = Buffer.byteLength(current);
    }
    current += character;
    bytes += more;
  }
  return [...lines, current];
}
