import type { Severity } from '../../notifiers/index.js';
import type { Feed, Indicator } from './indicator.js';
import { valuesOfPattern } from './stix-pattern.js';
import { unusableBecause } from './usable.js';

/** The incident of entries of a bundle is the feed itself: names in a bundle are anybody's text. */
interface About {
  /** As configured. */
  readonly name: string;
  readonly nowMs: number;
}

/** A producer that is less sure than this, in percent, raises less. */
const SURE = 50;

/** True for a value that has the looks of a bundle of STIX. */
export function isBundle(value: unknown): value is { readonly objects: readonly unknown[] } {
  return isObject(value) && value['type'] === 'bundle' && Array.isArray(value['objects']);
}

/** The indicators of a bundle of STIX 2.1 that can be used here; what cannot is counted by why, and what is revoked or has run out as that. */
export function feedOfBundle({ objects }: { readonly objects: readonly unknown[] }, about: About): Feed {
  const indicators: Indicator[] = [];
  const unusable = new Map<string, number>();
  const cannot = (why: string) => unusable.set(why, (unusable.get(why) ?? 0) + 1);
  for (const object of objects) {
    if (!isObject(object) || object['type'] !== 'indicator') continue;
    const past = pastBecause(object, about.nowMs);
    if (past !== null) {
      cannot(past);
      continue;
    }
    const { pattern, pattern_type: language } = object;
    if (typeof pattern !== 'string' || (language !== undefined && language !== 'stix')) {
      cannot('a pattern of another language');
      continue;
    }
    const values = valuesOfPattern(pattern);
    if (typeof values === 'string') {
      cannot(values);
      continue;
    }
    const shared = sharedOf(object, about.name);
    for (const { kind, value } of values) {
      const why = unusableBecause(kind, value);
      if (why === null) indicators.push({ ...shared, kind, value });
      else cannot(why);
    }
  }
  return { name: about.name, indicators, unusable };
}

function sharedOf(object: Record<string, unknown>, feed: string): Omit<Indicator, 'kind' | 'value'> {
  const { confidence } = object;
  const severity: Severity = typeof confidence === 'number' && confidence < SURE ? 'high' : 'critical';
  const references = object['external_references'];
  const first: unknown = Array.isArray(references) ? references[0] : undefined;
  const url = isObject(first) ? first['url'] : undefined;
  return {
    ...{ feed, incident: feed, severity, falsePositives: null },
    source: typeof url === 'string' ? url.slice(0, 500) : null,
  };
}

function pastBecause(object: Record<string, unknown>, nowMs: number): string | null {
  if (object['revoked'] === true) return 'revoked by whoever wrote it';
  const until = object['valid_until'];
  return typeof until === 'string' && Date.parse(until) < nowMs ? 'past its valid_until' : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
