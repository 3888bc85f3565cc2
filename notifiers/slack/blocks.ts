import type { Quotation } from '../quote.js';
import type { AlertView, ChangeView } from '../view.js';
import { ourWords } from '../wording.js';

/**
 * A text of a `rich_text` block. Slack parses nothing inside it: mentions, links, emoji and markup are elements of their own
 * types, so text cannot become one (docs.slack.dev/reference/block-kit/blocks/rich-text-block).
 */
export interface TextElement {
  readonly type: 'text';
  readonly text: string;
  readonly style?: { readonly bold?: true; readonly italic?: true; readonly code?: true };
}
export interface Section {
  readonly type: 'rich_text_section';
  readonly elements: TextElement[];
}
interface List {
  readonly type: 'rich_text_list';
  readonly style: 'ordered' | 'bullet';
  readonly elements: Section[];
}
interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}
export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'rich_text'; readonly elements: (Section | List)[] }
  | { readonly type: 'context'; readonly elements: PlainText[] };

const MAX_HEADER_CHARACTERS = 150;

/**
 * The blocks of an alert in reading order; `restNote` is said of the changes that are counted only. Quoted values stand only in text
 * elements of style `code`. Pure.
 */
export function blocksOf(view: AlertView, restNote: string | null): SlackBlock[] {
  return [
    {
      type: 'header',
      text: { type: 'plain_text', text: ourWords(view.title, MAX_HEADER_CHARACTERS), emoji: false },
    },
    { type: 'rich_text', elements: [opening(view)] },
    ...view.changes.map((change): SlackBlock => ({ type: 'rich_text', elements: [changeSection(change)] })),
    ...(view.rest.length === 0 ? [] : [restBlock(view.rest, restNote)]),
    ...(view.steps.length === 0 ? [] : [stepsBlock(view.steps)]),
    { type: 'context', elements: [{ type: 'plain_text', text: view.proof, emoji: false }] },
  ];
}

function opening(view: AlertView): Section {
  return section([
    textElement(view.consequence),
    ...(view.repeat === null ? [] : [textElement(`\n${view.repeat}`, { italic: true })]),
    ...view.facts.flatMap((fact) => [
      textElement(`\n${fact.label}: `, { bold: true }),
      ...quoted(fact.value),
    ]),
  ]);
}

/** A change on one line: what, which record, and each value it has now (or had, when it is gone). Addresses are whole. Pure. */
export function compactLine(change: ChangeView): TextElement[] {
  const plain = (quotation: Quotation) =>
    quotation.map((part) => textElement(part.text, part.from === 'us' ? undefined : { code: true }));
  return merged([
    textElement('• '),
    textElement(change.headline, { bold: true }),
    textElement(': '),
    ...plain(change.record),
    ...(change.lookalike === null ? [] : [textElement('. '), ...plain(change.lookalike)]),
    ...change.fields.flatMap((field) => {
      const last = field.lines.at(-1);
      return last === undefined
        ? []
        : [
            textElement('; '),
            ...plain(field.name),
            textElement(` ${last.label} `),
            ...plain(last.value),
            ...field.notes.map((note) => textElement(` (${note})`)),
          ];
    }),
    ...(change.more === null ? [] : [textElement(`; ${change.more}`)]),
    textElement('\n'),
  ]);
}

/** Side by side, elements of one style are one: each costs of the little room a message has. */
function merged(elements: readonly TextElement[]): TextElement[] {
  return elements.reduce<TextElement[]>((all, element) => {
    const last = all.at(-1);
    const alike = last?.style?.code === element.style?.code && last?.style?.bold === element.style?.bold;
    if (last !== undefined && alike) all[all.length - 1] = { ...last, text: last.text + element.text };
    else all.push(element);
    return all;
  }, []);
}

function changeSection(change: ChangeView): Section {
  return section([
    textElement(change.headline, { bold: true }),
    textElement('\n'),
    ...quoted(change.record),
    ...(change.lookalike === null ? [] : [textElement('\n⚠ '), ...quoted(change.lookalike)]),
    ...change.fields.flatMap((field) => [
      textElement(field.compact ? '\n' : '\n\n'),
      ...quoted(field.name),
      ...field.lines.flatMap((line) => [
        textElement(`${field.compact ? ' ' : '\n'}${line.label} `),
        ...quoted(line.value),
      ]),
      ...field.notes.map((note) => textElement(`\n⚠ ${note}`, { bold: true })),
    ]),
    ...(change.more === null ? [] : [textElement(`\n${change.more}`)]),
  ]);
}

function restBlock([total, ...counts]: readonly string[], note: string | null): SlackBlock {
  const list: List = {
    type: 'rich_text_list',
    style: 'bullet',
    elements: counts.map((line) => section([textElement(line)])),
  };
  return {
    type: 'rich_text',
    elements: [
      section([
        textElement(total ?? '', { bold: true }),
        ...(note === null ? [] : [textElement(`. ${note}`)]),
      ]),
      ...(counts.length === 0 ? [] : [list]),
    ],
  };
}

function stepsBlock(steps: AlertView['steps']): SlackBlock {
  return {
    type: 'rich_text',
    elements: [
      section([textElement('What to do', { bold: true })]),
      {
        type: 'rich_text_list',
        style: 'ordered',
        elements: steps.map((step) =>
          section([
            textElement(step.text),
            ...(step.command === null ? [] : [textElement('\n'), textElement(step.command, { code: true })]),
          ]),
        ),
      },
    ],
  };
}

function quoted(quotation: Quotation): TextElement[] {
  return quotation.map((part) => {
    if (part.from === 'us') return textElement(part.text);
    return textElement(part.text, part.differs ? { bold: true, code: true } : { code: true });
  });
}

/** A block of one paragraph. */
export const richText = (paragraph: Section): SlackBlock => ({ type: 'rich_text', elements: [paragraph] });
/** A paragraph, without elements that are empty: Slack refuses those. */
export const section = (elements: TextElement[]): Section => ({
  type: 'rich_text_section',
  elements: elements.filter((element) => element.text !== ''),
});
export const textElement = (content: string, style?: TextElement['style']): TextElement =>
  style === undefined ? { type: 'text', text: content } : { type: 'text', text: content, style };
