import { KINDS, type Kind } from '../../baselines/index.js';
import type { Finding, Subject } from '../finding.js';
import type { IncidentNews } from '../incident.js';

/** What sites may have in common without anybody's money in it: of everything else each site is told by itself. */
const SHARED_KINDS: ReadonlySet<Kind> = new Set(['sensor', 'config', 'file', 'permission']);
/** Of these each site is told by itself, and before what is shared. */
export const NEVER_SHARED_KINDS: readonly Kind[] = KINDS.filter((kind) => !SHARED_KINDS.has(kind));
/** Reminders that became due within such a time of each other remind of one and the same, in milliseconds. */
const TOGETHER_MS = 60_000;

/**
 * A text that is the same for two incidents of different sites only when there is the very same to tell of them, so that one message may tell of both; null
 * where each must be told by itself: routes of money, people with power and terminals, what was changed back or answered, and what is open beside it. Whatever
 * differs by one byte, another change beside it among that, is another text: nothing can hide behind what happened elsewhere (docs/adr/0077).
 */
export function alikeKey(news: IncidentNews): string | null {
  const { incident, fresh, ended, acknowledged, expired, resolved, open, reverts, unanswered } = news;
  const isPlain = ended.length + acknowledged.length + expired.length + reverts === 0 && !resolved;
  if (!isPlain || fresh.length === 0 || open !== fresh.length || !fresh.every(mayBeShared)) return null;
  const { topic, state, severity } = incident;
  const found = fresh.map(({ subject, severity: worst, reason }) => JSON.stringify([worst, reason, subject]));
  const sinceMs = unanswered === null ? null : Math.floor(unanswered.sinceMs / TOGETHER_MS);
  return JSON.stringify([topic, state, severity, sinceMs, found.sort()]);
}

function mayBeShared({ subject }: Finding): boolean {
  return SHARED_SUBJECTS[subject.what] && (!('kind' in subject) || SHARED_KINDS.has(subject.kind));
}

const SHARED_SUBJECTS: Readonly<Record<Subject['what'], boolean>> = {
  change: true,
  'mass-change': true,
  unknown: true,
  unreachable: true,
  blind: true,
  still: false,
  approval: false,
  config: false,
  indicator: false,
  log: false,
};

/** What is told before what is shared, whatever its kind: what is known from robberies elsewhere. */
export const TOLD_BEFORE_SHARED: readonly Subject['what'][] = ['indicator'];
