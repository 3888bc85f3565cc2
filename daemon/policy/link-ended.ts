import { decodeValue, parseRecordLine } from '../../baselines/index.js';
import type { Change } from '../drift/change.js';
import type { Finding } from '../finding.js';
import type { EndedFinding } from '../incident.js';

const EXPIRY = /^(?:expir(?:e|es|y|ation)|valid_?until|not_?after)(?:_?(?:at|on|date|time))?$/i;
/** As PostgreSQL and MySQL write instants, with their zone or in UTC. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/** A link and what came of it, written at one instant, may be read and decided apart by as much, in milliseconds. */
const APART_MS = 60_000;

/** A finding that is open, or one that ended and when. */
type Told = Finding | EndedFinding;

/** A time with both its ends, in UTC milliseconds. */
export interface Meanwhile {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Those of `told` that came about within a minute of one of `news`: links, where something among the news may have come of one, and what may have, where a
 * link is among the news. Which belong together by their names is for whoever tells it. `told` is asked for no more than came about meanwhile, and for nothing
 * where nothing among the news has to do with links, as nearly always.
 */
export function toldWithLinks(
  news: readonly Told[],
  told: (meanwhile: Meanwhile) => readonly Told[],
): readonly Told[] {
  const own = news.filter((one) => isOfLink(one) || mayComeOfLink(one));
  const [first, ...others] = own.map(cameAboutMs);
  if (first === undefined) return [];
  const fromMs = others.reduce((a, b) => Math.min(a, b), first) - APART_MS;
  const toMs = others.reduce((a, b) => Math.max(a, b), first) + APART_MS;
  const [hasLink, hasEffect] = [own.some(isOfLink), own.some(mayComeOfLink)];
  return told({ fromMs, toMs }).filter((one) => {
    const ms = cameAboutMs(one);
    return ms >= fromMs && ms <= toMs && ((hasEffect && isOfLink(one)) || (hasLink && mayComeOfLink(one)));
  });
}

function isOfLink({ subject }: Told): boolean {
  return subject.what === 'change' && subject.kind === 'access-link';
}

/** Whether a link may have been used for it: a new user or another password of one, a new machine. */
export function mayComeOfLink({ subject }: Pick<Finding, 'subject'>): boolean {
  if (subject.what !== 'change') return false;
  const { kind, type } = subject;
  return kind === 'admin' ? type === 'added' || type === 'modified' : kind === 'terminal' && type === 'added';
}

function cameAboutMs(one: Told): number {
  return 'endedMs' in one ? one.endedMs : one.firstSeenMs;
}

/**
 * Why an access link is gone: it ran out, or its time had not come and somebody used it or took it away. Undefined for any other change, and
 * where no field says until when it was good.
 */
export function linkEnded({ kind, type, before }: Change, nowMs: number): 'used' | 'expired' | undefined {
  if (kind !== 'access-link' || type !== 'removed' || before === null) return undefined;
  return endOfLink(before.line, nowMs);
}

/** The same of the record of a link that is gone, as its canonical line. */
export function endOfLink(line: string, nowMs: number): 'used' | 'expired' | undefined {
  for (const [name, encoded] of parseRecordLine(line).fields) {
    if (encoded === null || !EXPIRY.test(name)) continue;
    const value = decodeValue(encoded);
    const untilMs = value.form === 'text' ? instantOf(value.text) : null;
    if (untilMs !== null) return untilMs <= nowMs ? 'expired' : 'used';
  }
  return undefined;
}

function instantOf(text: string): number | null {
  const [, day, time, zone = 'Z'] = INSTANT.exec(text) ?? [];
  if (day === undefined || time === undefined) return null;
  const offset = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const ms = Date.parse(`${day}T${time.slice(0, 12)}${offset}`);
  return Number.isNaN(ms) ? null : ms;
}
