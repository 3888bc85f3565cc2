import { type Alert, alertTitle } from '../alert.js';
import type { Quotation } from '../quote.js';
import { type AlertView, type ChangeView, type ViewLimits, viewOf } from '../view.js';
import { ourWords } from '../wording.js';

/**
 * A text of a `rich_text` block. Slack parses nothing inside it: mentions, links, emoji and markup are elements of their own
 * types, so text cannot become one (docs.slack.dev/reference/block-kit/blocks/rich-text-block).
 */
interface TextElement {
  readonly type: 'text';
  readonly text: string;
  readonly style?: { readonly bold?: true; readonly italic?: true; readonly code?: true };
}
interface Section {
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

/** Arguments of `chat.postMessage`. */
export interface SlackMessage {
  readonly channel: string;
  /** Push preview, and what a screen reader says: only our words. */
  readonly text: string;
  readonly blocks?: SlackBlock[];
  readonly thread_ts?: string;
  readonly mrkdwn: false;
  readonly parse: 'none';
  readonly link_names: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

const MAX_HEADER_CHARACTERS = 150;
const MAX_TEXT_CHARACTERS = 3_000;
/** Slack refuses more than some undocumented length: 9,597 characters of text passed, 11,341 did not (bolt-js issue 2867). */
const MAX_BLOCKS_JSON_CHARACTERS = 10_000;

const NO_CHANGES: ViewLimits = {
  maxChanges: 0,
  maxFieldsPerChange: 0,
  valueCharacters: 128,
  changesCharacters: 0,
};
/** Tried in turn until the message is small enough. */
const LIMITS: readonly ViewLimits[] = [
  { maxChanges: 8, maxFieldsPerChange: 8, valueCharacters: 256, changesCharacters: 5_000 },
  { maxChanges: 5, maxFieldsPerChange: 5, valueCharacters: 128, changesCharacters: 2_500 },
  { maxChanges: 1, maxFieldsPerChange: 2, valueCharacters: 128, changesCharacters: 1_000 },
  NO_CHANGES,
];

/** Where a message goes. */
export interface SlackTarget {
  readonly channel: string;
  readonly attempt: number;
  /** Timestamp of the message to reply to, or null for a message of its own. */
  readonly threadTs: string | null;
}

/**
 * The message an alert becomes, within Slack's limits whatever the alert's size. Quoted values stand only in text elements
 * of style `code`. Pure.
 */
export function slackMessage(alert: Alert, target: SlackTarget): SlackMessage {
  const blocks = LIMITS.map((limits) => blocksOf(viewOf(alert, target.attempt, limits))).find(
    (candidate) => JSON.stringify(candidate).length <= MAX_BLOCKS_JSON_CHARACTERS,
  );
  return blocks === undefined
    ? bareMessage(alert, target)
    : { ...envelope([ourWords(alertTitle(alert), MAX_TEXT_CHARACTERS)], target), blocks };
}

/** The alert in our own words alone, without blocks: what is left to send when Slack refuses them. Pure. */
export function bareMessage(alert: Alert, target: SlackTarget): SlackMessage {
  const view = viewOf(alert, target.attempt, NO_CHANGES);
  return envelope(
    [
      view.title,
      view.consequence,
      ...(view.repeat === null ? [] : [view.repeat]),
      'Slack refused the details of this message.',
      ...view.steps.map((step) => [step.text, ...(step.command === null ? [] : [step.command])].join(' ')),
      view.proof,
    ],
    target,
  );
}

function envelope(lines: readonly string[], target: SlackTarget): SlackMessage {
  return {
    channel: target.channel,
    text: ourEscapes(lines.join('\n').slice(0, MAX_TEXT_CHARACTERS)),
    ...(target.threadTs === null ? {} : { thread_ts: target.threadTs }),
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

function blocksOf(view: AlertView): SlackBlock[] {
  return [
    {
      type: 'header',
      text: { type: 'plain_text', text: ourWords(view.title, MAX_HEADER_CHARACTERS), emoji: false },
    },
    { type: 'rich_text', elements: [opening(view)] },
    ...view.changes.map((change): SlackBlock => ({ type: 'rich_text', elements: [changeSection(change)] })),
    ...(view.rest.length === 0 ? [] : [restBlock(view.rest)]),
    ...(view.steps.length === 0 ? [] : [stepsBlock(view.steps)]),
    { type: 'context', elements: [{ type: 'plain_text', text: view.proof, emoji: false }] },
  ];
}

function opening(view: AlertView): Section {
  return section([
    text(view.consequence),
    ...(view.repeat === null ? [] : [text(`\n${view.repeat}`, { italic: true })]),
    ...view.facts.flatMap((fact) => [text(`\n${fact.label}: `, { bold: true }), ...quoted(fact.value)]),
  ]);
}

function changeSection(change: ChangeView): Section {
  return section([
    text(change.headline, { bold: true }),
    text('\n'),
    ...quoted(change.record),
    ...change.fields.flatMap((field) => [
      text(field.compact ? '\n' : '\n\n'),
      ...quoted(field.name),
      ...field.lines.flatMap((line) => [
        text(`${field.compact ? ' ' : '\n'}${line.label} `),
        ...quoted(line.value),
      ]),
    ]),
    ...(change.more === null ? [] : [text(`\n${change.more}`)]),
  ]);
}

function restBlock([total, ...counts]: readonly string[]): SlackBlock {
  const list: List = {
    type: 'rich_text_list',
    style: 'bullet',
    elements: counts.map((line) => section([text(line)])),
  };
  return {
    type: 'rich_text',
    elements: [section([text(total ?? '', { bold: true })]), ...(counts.length === 0 ? [] : [list])],
  };
}

function stepsBlock(steps: AlertView['steps']): SlackBlock {
  return {
    type: 'rich_text',
    elements: [
      section([text('What to do', { bold: true })]),
      {
        type: 'rich_text_list',
        style: 'ordered',
        elements: steps.map((step) =>
          section([
            text(step.text),
            ...(step.command === null ? [] : [text('\n'), text(step.command, { code: true })]),
          ]),
        ),
      },
    ],
  };
}

function quoted(quotation: Quotation): TextElement[] {
  return quotation.map((part) => {
    if (part.from === 'us') return text(part.text);
    return text(part.text, part.differs ? { bold: true, code: true } : { code: true });
  });
}

const section = (elements: TextElement[]): Section => ({
  type: 'rich_text_section',
  elements: elements.filter((element) => element.text !== ''),
});
const text = (content: string, style?: TextElement['style']): TextElement =>
  style === undefined ? { type: 'text', text: content } : { type: 'text', text: content, style };
/** The top-level text is the one place where Slack still parses control sequences. */
const ourEscapes = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
