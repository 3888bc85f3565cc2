import { type Alert, alertTitle, type IncidentState } from '../alert.js';
import { plainMessage } from '../plain-message.js';
import { type AlertView, type ChangeView, type ViewLimits, viewOf } from '../view.js';
import { ourWords } from '../wording.js';
import {
  bold,
  plain,
  quoted,
  type Run,
  type StyledText,
  styledText,
  type TelegramEntity,
} from './styled-text.js';

/** Arguments of `sendMessage` (core.telegram.org/bots/api#sendmessage): no `parse_mode`, no keyboard, no link preview. */
export interface TelegramMessage {
  readonly chat_id: number;
  readonly message_thread_id?: number;
  readonly text: string;
  readonly entities: readonly TelegramEntity[];
  readonly link_preview_options: { readonly is_disabled: true };
  /** Arrives without a sound. */
  readonly disable_notification: boolean;
  readonly reply_parameters?: {
    readonly message_id: number;
    readonly allow_sending_without_reply: true;
  };
}

/** Arguments of `setMessageReaction`: the one reaction of the bot, in the place of any other. */
export interface TelegramReaction {
  readonly chat_id: number;
  readonly message_id: number;
  readonly reaction: readonly { readonly type: 'emoji'; readonly emoji: string }[];
}

/** The chat, and the topic in it, that messages go to. */
export interface TelegramPlace {
  readonly chat: string;
  readonly topic?: number | undefined;
}

/** Choices that, beside the alert, decide a message. */
export interface TelegramSend extends TelegramPlace {
  readonly attempt: number;
  /** Message of the page that a follow-up continues, or null. */
  readonly page: number | null;
}

/** Telegram takes 4,096 characters, and heeds the first 100 styles. */
const MAX_TEXT = 4_000;
const MAX_ENTITIES = 95;
const MAX_TITLE_CHARACTERS = 300;
/** Tried in turn until the message is small enough. */
const LIMITS: readonly ViewLimits[] = [
  { maxChanges: 8, maxFieldsPerChange: 8, valueCharacters: 256, changesCharacters: 2_800 },
  { maxChanges: 8, maxFieldsPerChange: 8, valueCharacters: 128, changesCharacters: 2_800 },
  { maxChanges: 5, maxFieldsPerChange: 4, valueCharacters: 128, changesCharacters: 1_500 },
  { maxChanges: 1, maxFieldsPerChange: 2, valueCharacters: 128, changesCharacters: 600 },
  { maxChanges: 0, maxFieldsPerChange: 0, valueCharacters: 128, changesCharacters: 0 },
];
const ELSEWHERE = 'Telegram did not take the values, or there was no room for them here.';
const VALUES_FOLLOW = 'Values are quoted from the watched system: evidence, never an instruction.';
/** Among the emoji that Telegram allows as reactions; none while the incident is open. */
const REACTION: Readonly<Record<IncidentState, string | null>> = {
  open: null,
  acknowledged: '👀',
  resolved: '👌',
};

/**
 * The message an alert becomes, within Telegram's limits whatever the alert's size. Our own words come first, quoted values last: a lock
 * screen shows the start of a message. Pure.
 */
export function telegramMessage(alert: Alert, send: TelegramSend): TelegramMessage {
  for (const limits of LIMITS) {
    const styled = styledText(runsOf(viewOf(alert, send.attempt, limits)));
    const fits = styled.text.length <= MAX_TEXT && styled.entities.length <= MAX_ENTITIES;
    if (fits) return message(alert, send, styled);
  }
  return bareTelegramMessage(alert, send);
}

/** An alert in our own words alone: the last resort when Telegram refuses the values. Pure. */
export function bareTelegramMessage(alert: Alert, send: TelegramSend): TelegramMessage {
  const title = ourWords(alertTitle(alert), MAX_TITLE_CHARACTERS);
  const maxBytes = MAX_TEXT - Buffer.byteLength(title) - 2;
  const words = plainMessage(alert, send.attempt, { maxBytes, elsewhere: ELSEWHERE });
  return message(alert, send, styledText([bold(title), plain(`\n\n${words}`)]));
}

/** The reaction on a page that says the state of its incident: the same for the same state, so that it may be set again. Pure. */
export function telegramStateReaction(
  { state }: Alert,
  { chat }: TelegramPlace,
  page: number,
): TelegramReaction {
  const emoji = REACTION[state ?? 'open'];
  return {
    chat_id: Number(chat),
    message_id: page,
    reaction: emoji === null ? [] : [{ type: 'emoji', emoji }],
  };
}

/** The message that a receipt of this chat names; null for any other. */
export function messageIdOf(receipt: string | null, { chat }: TelegramPlace): number | null {
  const [, own, id] = /^(-?\d{1,16}):(\d{1,15})$/.exec(receipt ?? '') ?? [];
  return own === chat ? Number(id) : null;
}

function message(alert: Alert, { chat, topic, page }: TelegramSend, styled: StyledText): TelegramMessage {
  return {
    chat_id: Number(chat),
    ...(topic === undefined ? {} : { message_thread_id: topic }),
    ...styled,
    link_preview_options: { is_disabled: true },
    disable_notification: isQuiet(alert),
    ...(page === null
      ? {}
      : { reply_parameters: { message_id: page, allow_sending_without_reply: true as const } }),
  };
}

/** Only pages, urgent news and tests make a sound. */
function isQuiet({ type, role, severity }: Alert): boolean {
  const urgent = severity === 'critical' || severity === 'high';
  return !urgent && type !== 'test' && (role !== 'page' || severity !== 'medium');
}

function runsOf(view: AlertView): Run[] {
  const [ours, quoting] = partition(view.facts, ({ value }) => value.every(({ from }) => from === 'us'));
  const values = quoting.length + view.changes.length > 0;
  return [
    bold(ourWords(view.title, MAX_TITLE_CHARACTERS)),
    plain(`\n${view.consequence}`),
    ...(view.repeat === null ? [] : [{ text: `\n${view.repeat}`, style: 'italic' as const }]),
    plain('\n'),
    ...ours.flatMap(factRuns),
    ...stepsRuns(view.steps),
    ...(values ? [plain(`\n\n${VALUES_FOLLOW}`)] : []),
    ...quoting.flatMap(factRuns),
    ...view.changes.flatMap(changeRuns),
    ...(view.rest.length === 0 ? [] : [plain(`\n\n${view.rest.join('\n• ')}`)]),
    plain(`\n\n${view.proof}`),
  ];
}

const factRuns = ({ label, value }: AlertView['facts'][number]): Run[] => [
  plain(`\n${label}: `),
  ...quoted(value),
];

function stepsRuns(steps: AlertView['steps']): Run[] {
  if (steps.length === 0) return [];
  return [
    plain('\n\n'),
    bold('What to do'),
    ...steps.flatMap(({ text, command }, index) => [
      plain(`\n${index + 1}. ${text}`),
      ...(command === null ? [] : [plain('\n'), { text: command, style: 'code' as const }]),
    ]),
  ];
}

function changeRuns(change: ChangeView): Run[] {
  return [
    plain('\n\n'),
    bold(change.headline),
    plain('\n'),
    ...quoted(change.record),
    ...(change.lookalike === null ? [] : [plain('\n⚠ '), ...quoted(change.lookalike)]),
    ...change.fields.flatMap((field) => [
      plain('\n'),
      ...quoted(field.name),
      ...field.lines.flatMap((line) => [
        plain(`${field.compact ? ' ' : '\n'}${line.label} `),
        ...quoted(line.value),
      ]),
      ...field.notes.map((note) => plain(`\n⚠ ${note}`)),
    ]),
    ...(change.more === null ? [] : [plain(`\n${change.more}`)]),
  ];
}

function partition<T>(all: readonly T[], wanted: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(wanted), all.filter((one) => !wanted(one))];
}
