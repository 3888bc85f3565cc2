import { createHash } from 'node:crypto';
import {
  type Alert,
  type AlertChange,
  type AlertFact,
  type Attribution,
  alertTitle,
  type Untrusted,
} from '../alert.js';
import { noteWords } from '../notes.js';
import { ownWordsOf } from '../own-words.js';
import { quotationText, quote, quotePair } from '../quote.js';
import { worstFirst } from '../view.js';
import { ourWords } from '../wording.js';

/** Version of the body's schema, described in docs/channels/webhook.md. It grows when a member changes its meaning or goes. */
const SCHEMA = 1;
/** A longer value stands as its length and digest beside its quotation, in UTF-16 units. */
const MAX_RAW_UNITS = 4_096;
const QUOTED_CHARACTERS = 512;
const MAX_FIELDS = 50;

/** A value of the watched system: as it is, never to be shown, and quoted for people. `null` where there is no record. */
interface Value {
  readonly form: 'text' | 'null' | 'digest' | 'hmac' | 'raw-json' | 'masked' | 'too-long';
  readonly untrusted: string | null;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly quoted: string;
}

/** Choices that, beside the alert, decide a body. */
export interface WebhookSend {
  readonly attempt: number;
  readonly maxBodyBytes: number;
  /** `own`: not one value, after the receiver refused them. */
  readonly details: 'quoted' | 'own';
}

/** The id of Standard Webhooks: the same on every attempt, so that a receiver drops repeats. Holds no full stop. */
export function webhookId(alert: Alert): string {
  return `msg_${createHash('sha256').update(alert.id).digest('hex').slice(0, 32)}`;
}

/**
 * The JSON body an alert becomes: our words, and each value of the watched system as an object of its own. Changes are put in worst first
 * until `maxBodyBytes`; the others are counted. Pure.
 */
export function webhookBody(alert: Alert, send: WebhookSend): string {
  const frame = (quotedFacts: readonly object[], changes: readonly object[]): string => {
    const leftOut = alert.changes.length - changes.length + alert.changesLeftOut;
    return JSON.stringify({
      type: `alert.${alert.type.replaceAll('-', '_')}`,
      timestamp: new Date(alert.observedAtMs).toISOString(),
      data: { ...dataOf(alert, send), quotedFacts, changes, changesLeftOut: leftOut },
    });
  };
  if (send.details === 'own') return frame([], []);
  const room = send.maxBodyBytes - Buffer.byteLength(frame([], []));
  const facts = within(room / 2, alert.facts, quotedFact);
  const rest = room - facts.bytes;
  return frame(facts.shown, within(rest, worstFirst(alert.changes), changeOf).shown);
}

/** As many items, in their order, as fit into so many bytes of JSON. */
function within<T>(room: number, items: readonly T[], show: (item: T) => object | null) {
  const shown: object[] = [];
  let bytes = 0;
  for (const item of items) {
    const one = show(item);
    if (one === null) continue;
    const size = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (bytes + size > room) break;
    bytes += size;
    shown.push(one);
  }
  return { shown, bytes };
}

function dataOf(alert: Alert, { attempt, details }: WebhookSend) {
  const { view, counts } = ownWordsOf(alert, attempt);
  return {
    schema: SCHEMA,
    id: alert.id,
    attempt,
    title: ourWords(alertTitle(alert), 300),
    severity: alert.severity,
    site: alert.site,
    incident: alert.incident,
    standing: alert.role,
    state: alert.state,
    dedupKey: alert.dedupKey,
    consequence: view.consequence,
    who: alert.who === undefined ? null : whoOf(alert.who, details),
    repeat: view.repeat,
    facts: view.facts.map(({ label, value }) => ({ label, text: quotationText(value) })),
    nextSteps: view.steps,
    observedAt: new Date(alert.observedAtMs).toISOString(),
    timeZone: alert.timeZone,
    head: alert.head,
    proof: view.proof,
    counts,
    detailsWithheld: details === 'own',
  };
}

/** Names stand only where values may. */
function whoOf(who: Attribution, details: WebhookSend['details']): object {
  if (who.confidence === 'unknown') {
    const { confidence, because, beside } = who;
    return {
      confidence,
      ...(because === undefined ? {} : { because: ourWords(because, 150) }),
      ...(beside === undefined ? {} : { beside: whoOf(beside, details) }),
    };
  }
  const { confidence, from, address, actingAs, claimed, beside } = who;
  const own = details === 'own';
  return {
    confidence,
    from: ourWords(from, 150),
    ...(own && who.who !== null ? {} : { who: who.who === null ? null : quotedValue(who.who) }),
    ...(own || actingAs === undefined ? {} : { actingAs: quotedValue(actingAs) }),
    ...(own || address === undefined ? {} : { address: quotedValue(address) }),
    ...(own || claimed === undefined
      ? {}
      : {
          claimed: claimed.map(({ label, value }) => ({
            label: ourWords(label, 30),
            value: quotedValue(value),
          })),
        }),
    ...(beside === undefined ? {} : { beside: whoOf(beside, details) }),
  };
}

function quotedFact(fact: AlertFact): object | null {
  return 'quoted' in fact ? { label: ourWords(fact.label, 60), value: quotedValue(fact.quoted) } : null;
}

function changeOf(change: AlertChange) {
  const named = ({ name, value }: AlertChange['key'][number]) => ({ name, value: quotedValue(value) });
  return {
    severity: change.severity,
    urgency: change.urgency ?? null,
    collection: change.collection,
    kind: change.kind,
    headline: ourWords(change.headline, 150),
    key: change.key.map(named),
    about: (change.about ?? []).map(named),
    ...(change.lookalikeOf === undefined ? {} : { twinOf: change.lookalikeOf.map(named) }),
    fields: change.fields.slice(0, MAX_FIELDS).map(({ name, path, before, after, notes = [] }) => {
      const pair = quotePair(before, after, QUOTED_CHARACTERS);
      return {
        name,
        ...(path === undefined ? {} : { path: quotedValue(path) }),
        before: before === null ? null : quotedValue(before, quotationText(pair.before)),
        after: after === null ? null : quotedValue(after, quotationText(pair.after)),
        notes: notes.map((one) => ({ ...one, text: noteWords(one, { before }) })),
      };
    }),
    fieldsLeftOut: Math.max(0, change.fields.length - MAX_FIELDS) + change.fieldsLeftOut,
  };
}

function quotedValue(value: Untrusted, quoted = quote(value, QUOTED_CHARACTERS)): Value {
  const { untrusted, form, bytes } = value;
  if (form === 'masked') return { form, untrusted: null, quoted };
  if (untrusted === null) return { form: 'null', untrusted, quoted };
  if (untrusted.length > MAX_RAW_UNITS) {
    const sha256 = createHash('sha256').update(untrusted, 'utf8').digest('hex');
    return { form: 'too-long', untrusted: null, bytes: Buffer.byteLength(untrusted), sha256, quoted };
  }
  return { form: form ?? 'text', untrusted, ...(bytes === undefined ? {} : { bytes }), quoted };
}
