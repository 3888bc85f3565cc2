import { type Alert, alertTitle, SEVERITIES, type Severity } from '../alert.js';
import { ownWordsOf } from '../own-words.js';
import { changeLines } from '../plain-text.js';
import { quotationText } from '../quote.js';
import { type AlertView, type ViewLimits, viewOf } from '../view.js';
import { ourWords } from '../wording.js';

/** An event on its way to PagerDuty: the path it is posted to, and its body without the routing key. */
export interface PagerDutyEvent {
  readonly path: '/v2/enqueue' | '/v2/change/enqueue';
  readonly body: Readonly<Record<string, unknown>>;
  /** The key that later events name, with the severity it was sent with; of a change event our alert's id. */
  readonly receipt: string;
}

const MAX_SUMMARY_CHARACTERS = 1_024;
/** Of an incident with more pages the oldest stay as they are: each costs a request. */
const MAX_EARLIER_PAGES = 20;
/** PagerDuty takes 512 KB; the rest of the event is small. */
const MAX_DETAILS_BYTES = 400_000;
const DETAILS: ViewLimits = {
  maxChanges: 100,
  maxFieldsPerChange: 20,
  valueCharacters: 512,
  changesCharacters: 60_000,
};
const SEVERITY: Readonly<Record<Severity, 'critical' | 'error' | 'warning' | 'info'>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
  info: 'info',
};

/** Choices that, beside the alert, decide an event. */
export interface PagerDutySend {
  readonly attempt: number;
  /** Receipt of the page that a follow-up continues, or null. */
  readonly thread: string | null;
  /** `own`: not one quoted value, after PagerDuty refused them. */
  readonly details: 'quoted' | 'own';
}

/**
 * The event an alert becomes (PagerDuty developer docs, Events API v2). A page triggers. A follow-up acknowledges or resolves what its page
 * triggered, or brings it up to date without making it less severe. An announcement triggers when it is critical, high or a test; any
 * other becomes a change event, which wakes nobody. Titles hold our own words alone. Pure.
 */
export function pagerdutyEvent(alert: Alert, send: PagerDutySend): PagerDutyEvent {
  if (wakesNobody(alert)) {
    return {
      path: '/v2/change/enqueue',
      body: { payload: payloadOf(alert, send) },
      receipt: header(alert.id),
    };
  }
  const page = /^(critical|high|medium|low|info):([!-~]{1,255})$/.exec(send.thread ?? '');
  const severity = SEVERITIES.find((one) => one === page?.[1]) ?? alert.severity;
  const key = page?.[2] ?? dedupKeyOf(alert);
  const action = actionOf(alert);
  const event = { event_action: action, dedup_key: key };
  return {
    path: '/v2/enqueue',
    body:
      action === 'trigger'
        ? {
            ...event,
            payload: { ...payloadOf(alert, send), severity: SEVERITY[severity], class: alert.type },
            client: 'tillwarden',
          }
        : event,
    receipt: `${severity}:${key}`,
  };
}

/**
 * The events that end or quieten what the incident's earlier pages triggered, newest first. PagerDuty rings on for each of them by itself,
 * whatever becomes of the last; an event with a key it does not know does nothing there. Pure.
 */
export function earlierPageEvents(alert: Alert, send: PagerDutySend): PagerDutyEvent[] {
  const { path, body, receipt } = pagerdutyEvent(alert, send);
  const { event_action: action, dedup_key: key } = body;
  const page = typeof key === 'string' ? /^(.*-)([0-9]{1,9})$/.exec(key) : null;
  if (page === null || alert.incident === null || action === 'trigger') return [];
  const [, prefix, last] = page;
  const earlier = Array.from({ length: Math.min(Number(last) - 1, MAX_EARLIER_PAGES) });
  return earlier.map((_, index) => ({
    path,
    body: { event_action: action, dedup_key: `${prefix}${Number(last) - 1 - index}` },
    receipt,
  }));
}

function wakesNobody({ role, severity, type }: Alert): boolean {
  return role === 'notice' && severity !== 'critical' && severity !== 'high' && type !== 'test';
}

function actionOf({ role, state }: Alert): 'trigger' | 'acknowledge' | 'resolve' {
  if (role !== 'follow-up') return 'trigger';
  if (state === 'acknowledged') return 'acknowledge';
  return state === 'resolved' ? 'resolve' : 'trigger';
}

/** Unique among the installations that share a service; PagerDuty takes 255 characters. */
const dedupKeyOf = (alert: Alert): string =>
  header(`tillwarden/${alert.site}/${alert.dedupKey ?? alert.id}`).slice(0, 255);

function payloadOf(alert: Alert, send: PagerDutySend) {
  return {
    summary: ourWords(alertTitle(alert), MAX_SUMMARY_CHARACTERS),
    source: ourWords(alert.site, 200),
    timestamp: new Date(alert.observedAtMs).toISOString(),
    custom_details: detailsOf(alert, send),
  };
}

function detailsOf(alert: Alert, { attempt, details }: PagerDutySend): object {
  if (details === 'quoted') {
    const view = viewOf(alert, attempt, DETAILS);
    const changes = view.changes.map((change, index) => changeLines(change, index).join('\n'));
    const quoting = { ...wordsOf(view), changes, not_shown: view.rest };
    if (Buffer.byteLength(JSON.stringify(quoting)) <= MAX_DETAILS_BYTES) return quoting;
  }
  const { view, counts } = ownWordsOf(alert, attempt);
  return { ...wordsOf(view), changes: counts, not_shown: ['the values are not shown here'] };
}

function wordsOf(view: AlertView) {
  return {
    consequence: view.consequence,
    ...(view.repeat === null ? {} : { repeat: view.repeat }),
    facts: view.facts.map(({ label, value }) => `${label}: ${quotationText(value)}`),
    what_to_do: view.steps.map(({ text, command }) => (command === null ? text : `${text} ${command}`)),
    proof: view.proof,
  };
}

const header = (text: string): string => text.replace(/[^!-~]/g, '?');
