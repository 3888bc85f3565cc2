import type { RememberedRoot } from './meta.js';
import type { MetaReader, MetaWriter } from './port/meta.js';

/** The highest trust root that this pin (hex SHA-256 of root 1) ever led to; null before the first. */
export function rememberedRoot(meta: MetaReader, pin: string): RememberedRoot | null {
  return meta.get(`root:${pin.slice(0, 16)}`);
}

/** Remembers a root that is in force. What is remembered only rises (invariant 15). */
export function rememberRoot(meta: MetaWriter, pin: string, { version, digest }: RememberedRoot): void {
  const known = rememberedRoot(meta, pin);
  if (known === null || known.version < version) meta.set(`root:${pin.slice(0, 16)}`, { version, digest });
}
