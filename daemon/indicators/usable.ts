import { parseLinePattern } from '../logs/pattern.js';
import type { IndicatorKind } from './indicator.js';
import { parseNetwork } from './networks.js';

/** The longest value of an indicator, in UTF-16 code units. */
const LONGEST = 500;

/** Why a value is no indicator of its kind, in our words; null where it is one. What would match nearly everything is none. */
export function unusableBecause(kind: IndicatorKind, value: string): string | null {
  const text = value.trim();
  if (text.length > LONGEST) return `a value of more than ${LONGEST} characters`;
  if (/\p{Cc}/u.test(text)) return 'a value with a control character';
  switch (kind) {
    case 'network':
      return parseNetwork(text) === null ? 'no address and no network of /8 or narrower' : null;
    case 'log-pattern': {
      const pattern = parseLinePattern(value);
      return typeof pattern === 'string' ? pattern : null;
    }
    case 'hash':
      return /^[0-9a-f]{64}$/i.test(text) ? null : 'a hash that is no SHA-256';
    case 'domain':
      return /^(?:\*?\.)?[^\s.@/]+(?:\.[^\s.@/]+)+$/.test(text) ? null : 'no domain of two names or more';
    case 'e-mail':
      return /^[^\s@]+@[^\s@]+$/.test(text) ? null : 'no e-mail address';
    case 'wallet-address':
      return /^\S{14,}$/.test(text) ? null : 'no wallet address';
    default:
      return text.length < 2 ? 'a value of less than two characters' : null;
  }
}
