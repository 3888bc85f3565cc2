import { Inbox } from './inbox.js';
import { refusalOfAttachments, refusalOfBlocks } from './slack-blocks.js';

/** A message as it stands in a channel. */
export interface PostedMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  /** UTC milliseconds, with a fraction. */
  readonly receivedAtMs: number;
  /** True for a `chat.update`. */
  readonly update: boolean;
}

/** One call of the API. */
export interface SlackCall {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly token: string | null;
  /** UTC milliseconds, with a fraction. */
  readonly receivedAtMs: number;
}

/** What Slack answers a call it understood: JSON. */
export type WorkspaceAnswer = { readonly ok: boolean } & Readonly<Record<string, unknown>>;

/** Above this `chat.postMessage` and `chat.update` answer `msg_too_long`. */
const MAX_TEXT = 4000;

/** What Slack knows and decides: a token, channels, and the messages in them. */
export class SlackWorkspace {
  readonly messages = new Inbox<PostedMessage>();
  #posted = 0;

  constructor(
    readonly token: string,
    /** Channels the bot may post to; any channel id when absent. */
    private readonly channels: readonly string[] | undefined,
  ) {}

  answer(call: SlackCall): WorkspaceAnswer {
    if (call.token === null) return refused('not_authed');
    if (call.token !== this.token) return refused('invalid_auth');
    switch (call.method) {
      case 'auth.test':
        return {
          ok: true,
          url: 'https://stand-in.slack.example/',
          team_id: 'T0STANDIN',
          user_id: 'U0STANDIN',
        };
      case 'chat.postMessage':
      case 'chat.update':
        return this.#post(call, call.method === 'chat.update');
      default:
        return refused('unknown_method');
    }
  }

  #post({ args, receivedAtMs }: SlackCall, update: boolean): WorkspaceAnswer {
    const channel = argumentText(args['channel']);
    const attachments = args['attachments'] === undefined ? [] : jsonOf(args['attachments']);
    // An update that gives neither text nor blocks keeps both.
    const before =
      update && args['text'] === undefined && args['blocks'] === undefined && attachments !== undefined
        ? this.messages.items.findLast((m) => m.channel === channel && m.ts === args['ts'])
        : undefined;
    const text = before?.text ?? argumentText(args['text']);
    const threadTs = argumentText(args['thread_ts']) || null;
    const refusal = this.#refusal({ channel, threadTs, text, args, update });
    if (refusal !== null) return refused(refusal);
    const blocks = before?.blocks ?? (args['blocks'] === undefined ? [] : jsonOf(args['blocks']));
    const form = refusalOfBlocks(blocks) ?? refusalOfAttachments(attachments);
    if (form) return refused(form.error, form.messages);

    const ts = update ? argumentText(args['ts']) : this.#newTs(receivedAtMs);
    this.messages.add({
      ...{ channel, ts, threadTs, text, receivedAtMs, update },
      blocks: listOf(blocks),
      attachments: listOf(attachments),
    });
    return { ok: true, channel, ts, message: { type: 'message', text, ts } };
  }

  #refusal(post: {
    readonly channel: string;
    readonly threadTs: string | null;
    readonly text: string;
    readonly args: SlackCall['args'];
    readonly update: boolean;
  }): string | null {
    const { channel, threadTs, text, args, update } = post;
    const known = (ts: string) => this.messages.items.some((m) => m.channel === channel && m.ts === ts);
    if (!/^[CGD][A-Z0-9]{2,}$/.test(channel) || (this.channels && !this.channels.includes(channel))) {
      return 'channel_not_found';
    }
    if (update && !known(argumentText(args['ts']))) return 'message_not_found';
    if (threadTs !== null && !known(threadTs)) return 'thread_not_found';
    if (text === '' && args['blocks'] === undefined) return 'no_text';
    return [...text].length > MAX_TEXT ? 'msg_too_long' : null;
  }

  /** Slack's name of a message, unique within its channel and growing: seconds, and a number in the place of decimals. */
  #newTs(nowMs: number): string {
    this.#posted += 1;
    return `${Math.floor(nowMs / 1000)}.${String(this.#posted).padStart(6, '0')}`;
  }
}

function refused(error: string, messages: readonly string[] = []): WorkspaceAnswer {
  if (messages.length === 0) return { ok: false, error };
  return {
    ok: false,
    error,
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  };
}

/** An argument that may be JSON text, as forms carry it; undefined when it is no JSON. */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

export function argumentText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
