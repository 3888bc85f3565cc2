import { type Alert, alertTitle } from '../alert.js';
import { ownWordsOf } from '../own-words.js';
import { type ViewLimits, viewOf, worstFirst } from '../view.js';
import { ourWords, plural } from '../wording.js';
import { blocksOf, type SlackBlock } from './blocks.js';
import { urgentReplies } from './urgent.js';

/** What `chat.postMessage` and `chat.update` have in common. */
interface SlackContent {
  readonly channel: string;
  /** Push preview, and what a screen reader says: only our words. */
  readonly text: string;
  readonly blocks?: readonly SlackBlock[];
  readonly parse: 'none';
  readonly link_names: false;
}

/** Arguments of `chat.postMessage`, but for the thread. */
export interface SlackMessage extends SlackContent {
  readonly mrkdwn: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/** Arguments of `chat.update`. Blocks that are left out would be removed. */
export interface SlackUpdate extends SlackContent {
  readonly ts: string;
  readonly blocks: readonly SlackBlock[];
}

const MAX_TEXT_CHARACTERS = 3_000;
/** Slack refuses more than some undocumented length: 9,597 characters of text passed, 11,341 did not (bolt-js issue 2867). */
const MAX_BLOCKS_JSON_CHARACTERS = 10_000;

/** Tried in turn until the message is small enough. */
const LIMITS: readonly ViewLimits[] = [
  { maxChanges: 8, maxFieldsPerChange: 8, valueCharacters: 256, changesCharacters: 5_000 },
  { maxChanges: 5, maxFieldsPerChange: 5, valueCharacters: 128, changesCharacters: 2_500 },
  { maxChanges: 1, maxFieldsPerChange: 2, valueCharacters: 128, changesCharacters: 1_000 },
  { maxChanges: 0, maxFieldsPerChange: 0, valueCharacters: 128, changesCharacters: 0 },
];
const FOLLOW = 'The critical ones among them follow in this thread.';

/**
 * The messages an alert becomes, each within Slack's limits whatever the alert's size: the alert, and replies to it with the critical
 * changes that do not fit into it. Pure.
 */
export function slackMessages(
  alert: Alert,
  channel: string,
  attempt: number,
): readonly [SlackMessage, ...SlackMessage[]] {
  const { blocks, shown } = fitting(alert, attempt, null);
  const title = ourWords(alertTitle(alert), MAX_TEXT_CHARACTERS);
  const first = message(channel, [title], blocks);
  const urgent = worstFirst(alert.changes)
    .slice(shown)
    .filter(({ severity }) => severity === 'critical');
  const replies = urgentReplies(alert, urgent).map(({ heading, blocks }) =>
    message(channel, [`${title} · ${heading}`], blocks),
  );
  return [first, ...replies];
}

/** An alert in our own words alone, without blocks: what is left to send when Slack refuses them. Pure. */
export function bareMessage(alert: Alert, channel: string, attempt: number): SlackMessage {
  const { view, counts } = ownWordsOf(alert, attempt);
  return message(channel, [
    view.title,
    view.consequence,
    ...(view.repeat === null ? [] : [view.repeat]),
    'Slack refused the details of this message.',
    ...counts,
    ...view.steps.map((step) => [step.text, ...(step.command === null ? [] : [step.command])].join(' ')),
    view.proof,
  ]);
}

/**
 * The page anew, quotations included, below the state its incident is in now and what was told last. The same for the same alerts, so that
 * it may be sent again. Pure.
 */
export function pageUpdate(page: Alert, latest: Alert, at: { channel: string; ts: string }): SlackUpdate {
  const state = latest.state === null || latest.state === 'open' ? null : latest.state.toUpperCase();
  const title = ourWords(alertTitle(page), MAX_TEXT_CHARACTERS);
  const { blocks } = fitting(page, 1, { state, latest: ourWords(latest.title, 300) });
  return { ...content(at.channel, [state === null ? title : `${state} · ${title}`]), ts: at.ts, blocks };
}

function fitting(alert: Alert, attempt: number, standing: { state: string | null; latest: string } | null) {
  const candidates = LIMITS.map((limits) => {
    const view = viewOf(alert, attempt, limits);
    const shown = view.changes.length;
    const hidden = worstFirst(alert.changes)[shown]?.severity === 'critical';
    return { blocks: blocksOf(view, { standing, restNote: hidden ? FOLLOW : null }), shown };
  });
  const fits = candidates.find(({ blocks }) => JSON.stringify(blocks).length <= MAX_BLOCKS_JSON_CHARACTERS);
  return fits ?? { blocks: headline(alert), shown: 0 };
}

/** For facts that fill a message by themselves. */
function headline(alert: Alert): SlackBlock[] {
  const { view, counts } = ownWordsOf({ ...alert, facts: [] }, 1);
  const rest =
    counts.length === 0 ? [] : [plural(alert.changes.length + alert.changesLeftOut, 'change'), ...counts];
  return blocksOf({ ...view, rest }, { standing: null, restNote: null });
}

function message(channel: string, lines: readonly string[], blocks?: readonly SlackBlock[]): SlackMessage {
  return {
    ...content(channel, lines),
    ...(blocks === undefined ? {} : { blocks }),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

function content(channel: string, lines: readonly string[]): SlackContent {
  const text = ourEscapes(lines.join('\n').slice(0, MAX_TEXT_CHARACTERS));
  return { channel, text, parse: 'none', link_names: false };
}

/** The top-level text is the one place where Slack still parses control sequences. */
const ourEscapes = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
