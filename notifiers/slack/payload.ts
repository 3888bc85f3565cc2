import { type Alert, type AlertChange, alertTitle, type IncidentState } from '../alert.js';
import { ownWordsOf } from '../own-words.js';
import { plainMessage } from '../plain-message.js';
import { type ViewLimits, viewOf, worstFirst } from '../view.js';
import { ourWords, plural } from '../wording.js';
import { blocksOf, richText, type SlackBlock, section, textElement } from './blocks.js';
import { urgentReplies } from './urgent.js';

/** Arguments of `chat.postMessage`, but for the thread. */
export interface SlackPost {
  readonly channel: string;
  /** Push preview, and what a screen reader says: only our words. */
  readonly text: string;
  readonly blocks?: readonly SlackBlock[];
  readonly mrkdwn: false;
  readonly parse: 'none';
  readonly link_names: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/**
 * Arguments of `chat.update` that put a bar below a message and leave the message itself as it is: blocks are kept when neither `blocks` nor
 * `text` is given (docs.slack.dev/reference/methods/chat.update).
 */
export interface SlackStateBar {
  readonly channel: string;
  readonly ts: string;
  readonly attachments: readonly {
    readonly color: string;
    readonly fallback: string;
    readonly blocks: readonly SlackBlock[];
  }[];
}

const MAX_TITLE_CHARACTERS = 3_000;
/** Slack cuts a text off at 40,000 characters; escaped, three of ours become up to thirteen of its own. */
const MAX_BARE_BYTES = 9_000;
const ELSEWHERE = 'Slack refused the details of this message.';
/** Slack refuses more than some undocumented length: 9,597 characters of text passed, 11,341 did not (bolt-js issue 2867). */
const MAX_BLOCKS_JSON_CHARACTERS = 10_000;

/** Tried in this order until the message is small enough. */
const LIMITS: readonly ViewLimits[] = [
  { maxChanges: 8, maxFieldsPerChange: 8, valueCharacters: 256, changesCharacters: 5_000 },
  { maxChanges: 5, maxFieldsPerChange: 5, valueCharacters: 128, changesCharacters: 2_500 },
  { maxChanges: 1, maxFieldsPerChange: 2, valueCharacters: 128, changesCharacters: 1_000 },
  { maxChanges: 0, maxFieldsPerChange: 0, valueCharacters: 128, changesCharacters: 0 },
];
const STATE_COLOUR: Readonly<Record<IncidentState, string>> = {
  open: '#d11a2a',
  acknowledged: '#e8b500',
  resolved: '#2f9e44',
};
const FOLLOW = 'The urgent ones among them follow in this thread.';

/**
 * The messages an alert becomes, each within Slack's limits whatever the alert's size: the alert, and replies to it with the urgent
 * changes that do not fit into it. Pure.
 */
export function slackMessages(
  alert: Alert,
  channel: string,
  attempt: number,
): readonly [SlackPost, ...SlackPost[]] {
  const { blocks, shown } = fitting(alert, attempt);
  const title = ourWords(alertTitle(alert), MAX_TITLE_CHARACTERS);
  const first = message(channel, [title], blocks);
  const urgent = worstFirst(alert.changes).slice(shown).filter(isUrgent);
  const replies = urgentReplies(alert, urgent, attempt).map(({ heading, blocks }) =>
    message(channel, [`${title}, ${heading}`], blocks),
  );
  return [first, ...replies];
}

/** An alert in our own words alone, without blocks: what is left to send when Slack refuses them. The names of other sites still stand in it. Pure. */
export function bareSlackMessage(alert: Alert, channel: string, attempt: number): SlackPost {
  const title = ourWords(alertTitle(alert), MAX_TITLE_CHARACTERS);
  const words = plainMessage(alert, attempt, { maxBytes: MAX_BARE_BYTES, elsewhere: ELSEWHERE });
  return message(channel, [title, words]);
}

/** The bar that says below a page the last news of it, and its state. The same for the same alert, so that it may be set again. Pure. */
export function stateBar(
  latest: Alert,
  at: { readonly channel: string; readonly ts: string },
): SlackStateBar {
  const state = latest.state ?? 'open';
  const title = ourWords(latest.title, 300);
  const words = [textElement(`${state.toUpperCase()}: `, { bold: true }), textElement(title)];
  return {
    ...at,
    attachments: [
      {
        color: STATE_COLOUR[state],
        fallback: ourEscapes(`${state.toUpperCase()}: ${title}`),
        blocks: [richText(section(words))],
      },
    ],
  };
}

/** What is smaller is composed only when what is larger does not fit: the first of them nearly always does, and somebody waits for it. */
function fitting(alert: Alert, attempt: number) {
  for (const limits of LIMITS) {
    const view = viewOf(alert, attempt, limits);
    const shown = view.changes.length;
    const hidden = worstFirst(alert.changes).slice(shown).some(isUrgent);
    const blocks = blocksOf(view, hidden ? FOLLOW : null);
    if (JSON.stringify(blocks).length <= MAX_BLOCKS_JSON_CHARACTERS) return { blocks, shown };
  }
  return { blocks: headline(alert, attempt), shown: 0 };
}

const isUrgent = ({ severity, urgency }: AlertChange): boolean =>
  severity === 'critical' || urgency !== undefined;

/** For facts that fill a message by themselves. */
function headline(alert: Alert, attempt: number): SlackBlock[] {
  const { view, counts } = ownWordsOf({ ...alert, facts: [] }, attempt);
  const rest =
    counts.length === 0 ? [] : [plural(alert.changes.length + alert.changesLeftOut, 'change'), ...counts];
  return blocksOf({ ...view, rest }, null);
}

function message(channel: string, lines: readonly string[], blocks?: readonly SlackBlock[]): SlackPost {
  return {
    channel,
    text: ourEscapes(lines.join('\n')),
    ...(blocks === undefined ? {} : { blocks }),
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** The top-level text is the one place where Slack still parses control sequences. */
const ourEscapes = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
