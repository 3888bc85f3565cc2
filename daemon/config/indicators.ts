import * as z from 'zod';
import { BaselineError, parsePublicKey } from '../../baselines/index.js';
import { type Exception, INDICATOR_KINDS } from '../indicators/indicator.js';
import type { ConfigReading } from './reading.js';

/** A feed of indicators: a file here, and whose signature it needs. */
export interface FeedConfig {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** Public keys (`type base64`) any of which must have signed it; null: it is taken as it lies there. */
  readonly signers: readonly string[] | null;
}

/** What is known to be bad, and where that stands. */
export interface IndicatorsConfig {
  /** Whether the feed that comes with tillwarden is in force. */
  readonly shipped: boolean;
  readonly feeds: readonly FeedConfig[];
  readonly except: readonly (Exception & { readonly reason: string })[];
  /** How many records of a site another version of a feed may newly match before it is held back. */
  readonly mostNewMatches: number;
}

const known = z.strictObject({
  shipped: z.boolean().default(true),
  feeds: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a name of 1 to 40 of a-z, 0-9 and -'),
        file: z.string().min(1).max(4096),
        signers: z.array(z.string().max(2_000)).min(1).max(20).optional(),
      }),
    )
    .max(16)
    .default([]),
  except: z
    .array(
      z.strictObject({
        kind: z.enum(INDICATOR_KINDS),
        value: z.string().min(1).max(500),
        reason: z.string().regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,300}$/u, 'one line of 1 to 300 visible characters'),
      }),
    )
    .max(1_000)
    .default([]),
});

/** `indicators` of an approver's own machine. */
export const approverIndicatorsSchema = known.prefault({});

/** `indicators` of a configuration. */
export const indicatorsSchema = known
  .extend({ mostNewMatches: z.int().min(0).max(1_000_000).default(20) })
  .prefault({});

/** The same with paths and keys read. What is wrong with them becomes a problem of `reading`. */
export function indicatorsOf<T extends z.output<typeof approverIndicatorsSchema>>(
  reading: ConfigReading,
  { feeds, ...rest }: T,
): Omit<T, 'feeds'> & Pick<IndicatorsConfig, 'feeds'> {
  const placed = feeds.map(({ name }, index) => ({ name, path: ['indicators', 'feeds', index] }));
  reading.unique(placed, 'the feeds');
  return {
    ...rest,
    feeds: feeds.map(({ name, file, signers }, index) => ({
      name,
      file: reading.path(file),
      signers:
        signers?.flatMap((line, at) => keyOf(reading, line, ['indicators', 'feeds', index, 'signers', at])) ??
        null,
    })),
  };
}

function keyOf(reading: ConfigReading, line: string, path: readonly PropertyKey[]): string[] {
  try {
    return [parsePublicKey(line).line];
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    reading.problem(path, error.message, 'a public key as it stands in a .pub file: type, blank and base64');
    return [];
  }
}
