import { type Alert, alertTitle, SEVERITIES, type Severity } from '../alert.js';
import { plainMessage } from '../plain-message.js';
import { ourWords } from '../wording.js';

/** An alert of Alertmanager (its API v2, `postableAlert`). Its labels are its identity. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  /** In the future it fires, in the past it is resolved. */
  readonly endsAt: string;
}

/** Choices that, beside the alert, decide what is posted. */
export interface AlertmanagerSend {
  readonly attempt: number;
  /** Receipt of the page that a follow-up continues, or null. */
  readonly thread: string | null;
  /** The operator's own labels. */
  readonly labels: Readonly<Record<string, string>>;
}

const HOUR_MS = 3_600_000;
/** Longer than any incident: only people resolve one. Without an end Alertmanager takes an alert for resolved after its `resolve_timeout`. */
const INCIDENT_MS = 365 * 24 * HOUR_MS;
/** An announcement tells an event, which nothing ends. */
const URGENT_NOTICE_MS = 24 * HOUR_MS;
const NOTICE_MS = HOUR_MS;
/** Of an incident with more pages the oldest stay as they are. */
const MAX_PAGES = 20;
const MAX_DESCRIPTION_BYTES = 4_000;
const ELSEWHERE = 'What was and what is now, value by value, never comes this way.';

/**
 * The alerts that one of ours becomes, in our own words alone: templates that we do not know put them into titles and messages. A page fires,
 * its follow-ups bring its annotations up to date under the same labels, and the resolution ends every page of the incident: under each severity
 * that one may have fired with, which for earlier pages, and for a reminder of less than critical, is not known here. Pure.
 */
export function postableAlerts(alert: Alert, send: AlertmanagerSend): readonly PostableAlert[] {
  const { key, severity } = identityOf(alert, send.thread);
  const ended = alert.role === 'follow-up' && alert.state === 'resolved';
  const frame = { annotations: annotationsOf(alert, send.attempt), ...timesOf(alert, ended) };
  const own = { labels: { ...send.labels, ...labelsOf(alert, key, severity) }, ...frame };
  if (!ended) return [own];
  const others = [key, ...earlierPages(key)].flatMap((page) =>
    SEVERITIES.filter((one) => page !== key || (one !== severity && severity !== 'critical')).map((one) => ({
      labels: { ...send.labels, ...labelsOf(alert, page, one) },
      ...frame,
    })),
  );
  return [own, ...others];
}

/** The severity and the key of an alert, by which later ones name it. Pure. */
export function alertmanagerReceipt(alert: Alert, thread: string | null): string {
  const { key, severity } = identityOf(alert, thread);
  return `${severity}:${key}`;
}

/** A follow-up has the identity of its page, so that it is the same alert and never a less severe one. */
function identityOf(
  alert: Alert,
  thread: string | null,
): { readonly key: string; readonly severity: Severity } {
  const page = /^([a-z]+):([!-~]{1,200})$/.exec(alert.role === 'follow-up' ? (thread ?? '') : '');
  const severity = SEVERITIES.find((one) => one === page?.[1]);
  const key = page?.[2];
  return severity === undefined || key === undefined
    ? { key: header(alert.dedupKey ?? alert.id), severity: alert.severity }
    : { key, severity };
}

function labelsOf({ type, site, incident }: Alert, key: string, severity: Severity): PostableAlert['labels'] {
  const common = { severity, site: ourWords(site, 200) };
  if (incident !== null) return { alertname: 'TillwardenIncident', ...common, incident, page: key };
  return {
    alertname: type === 'test' ? 'TillwardenTest' : 'TillwardenAnnouncement',
    ...common,
    alert_id: key,
  };
}

function annotationsOf(alert: Alert, attempt: number): PostableAlert['annotations'] {
  const limits = { maxBytes: MAX_DESCRIPTION_BYTES, elsewhere: ELSEWHERE };
  return {
    summary: ourWords(alertTitle(alert), 300),
    description: plainMessage(alert, attempt, limits),
    state: alert.state ?? 'announced: it ends by itself, which says nothing about what it told',
  };
}

function timesOf(alert: Alert, ended: boolean): Pick<PostableAlert, 'startsAt' | 'endsAt'> {
  const at = (ms: number) => new Date(ms).toISOString();
  const { observedAtMs, incident, severity } = alert;
  const urgent = severity === 'critical' || severity === 'high';
  const notice = urgent ? URGENT_NOTICE_MS : NOTICE_MS;
  const length = ended ? 0 : incident === null ? notice : INCIDENT_MS;
  return { startsAt: at(observedAtMs), endsAt: at(observedAtMs + length) };
}

/** `7f3a-3` → `7f3a-2`, `7f3a-1`. */
function earlierPages(key: string): readonly string[] {
  const [, incident, last = '1'] = /^(.*-)([0-9]{1,9})$/.exec(key) ?? [];
  if (incident === undefined) return [];
  const count = Math.min(Number(last) - 1, MAX_PAGES);
  return Array.from({ length: Math.max(0, count) }, (_, index) => `${incident}${Number(last) - 1 - index}`);
}

const header = (text: string): string => text.replace(/[^!-~]/g, '?').slice(0, 200);
