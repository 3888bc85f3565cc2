import type { Alert, AlertChange, DeliveryRequest, Notifier, Untrusted } from '../../../notifiers/index.js';
import { notifierKinds } from '../../../notifiers/index.js';
import { driftAlert } from './sample-alerts.js';

/** What the server of a channel can be made to do with the next attempts. */
export type Misbehaviour =
  /** Refuses for now (HTTP 503, SMTP 451). */
  | 'busy'
  /** Takes the connection and the message, and never answers. */
  | 'silent'
  | 'cut'
  /** Answers with the secret it was given, in words of its own. */
  | 'echoes-secret'
  /** Answers something that is not the protocol. */
  | 'gibberish';

/** A message as the receiving side has it. */
export interface Received {
  /** What may appear on a lock screen: subject or preview text. */
  readonly preview: string;
  /** Everything the reader sees that must be our own words, commands included. */
  readonly ourWords: string;
  /** The quoted values alone. */
  readonly quotedWords: string;
  readonly raw: string;
}

/** A channel with its server, for one test. */
export interface Stage {
  readonly config: Readonly<Record<string, unknown>>;
  /** Must never appear in an outcome, an error or a log. */
  readonly secret: string;
  misbehave(how: Misbehaviour): void;
  received(): Promise<readonly Received[]>;
  stop(): Promise<void>;
}

export interface ChannelUnderTest {
  readonly kind: string;
  /** `never`: no value of the watched system comes this way at all. */
  readonly quotes?: 'never';
  /** A message takes so little that long values push fields out of it, which are counted. */
  readonly narrow?: true;
  start(): Promise<Stage>;
}

/** Builds the notifier as the daemon does: through the registry. It is patient, because the machine may be busy. */
export async function build(
  kind: string,
  stage: Stage,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Notifier> {
  const known = notifierKinds.get(kind);
  if (known === undefined) throw new Error(`no kind ${kind}`);
  const config = known.configSchema.parse({ timeoutMs: 60_000, ...stage.config, ...overrides });
  return (await known.load()).create('ops', config);
}

export function request(overrides: Partial<DeliveryRequest> & { readonly part: string }): DeliveryRequest {
  return {
    alert: driftAlert(),
    attempt: 1,
    thread: null,
    signal: new AbortController().signal,
    ...overrides,
  };
}

/** An alert that holds `value` at every place where text of the watched system can stand. */
export function alertHolding(value: string): Alert {
  const untrusted: Untrusted = { untrusted: value };
  const other: Untrusted = { untrusted: `${value}2` };
  const change: AlertChange = {
    severity: 'critical',
    collection: 'admin_users',
    kind: 'admin',
    headline: 'administrator changed',
    key: [
      { name: 'id', value: untrusted },
      { name: 'org', value: other },
    ],
    lookalikeOf: [{ name: 'id', value: other }],
    fields: [
      {
        ...{ name: 'name', before: untrusted, after: other },
        notes: [{ note: 'same-ends', first: 4, last: 5 }, { note: 'looks-alike' }],
      },
      {
        name: 'e_mail',
        before: { untrusted: value, form: 'masked', masked: { end: value, characters: 9 } },
        after: { untrusted: value, form: 'masked', masked: { end: '', characters: 9 } },
        notes: [{ note: 'masked', differ: true }],
      },
      { name: 'data', path: untrusted, before: other, after: untrusted },
      { name: 'note', before: null, after: { untrusted: value, form: 'raw-json' } },
      {
        name: 'secret',
        before: { untrusted: value, form: 'hmac' },
        after: { untrusted: value, form: 'digest' },
      },
    ],
    fieldsLeftOut: 0,
  };
  return driftAlert({
    who: { confidence: 'inferred', who: untrusted, from: 'the session that was open' },
    facts: [{ label: 'The database said', quoted: untrusted }],
    changes: [change],
  });
}
