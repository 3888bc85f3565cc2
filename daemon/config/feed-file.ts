import * as z from 'zod';
import { BaselineError, parsePublicKey, sha256Hex, verifySignature } from '../../baselines/index.js';
import { SEVERITIES } from '../../notifiers/index.js';
import { errorCode } from '../error-code.js';
import { readGuarded } from '../guarded-file.js';
import { type Feed, INDICATOR_KINDS, type Indicator } from '../indicators/indicator.js';
import { Indicators } from '../indicators/matcher.js';
import { shippedFeed } from '../indicators/shipped.js';
import { feedOfBundle, isBundle } from '../indicators/stix.js';
import { unusableBecause } from '../indicators/usable.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import type { FeedConfig, IndicatorsConfig } from './indicators.js';
import { problemsOf } from './issues.js';
import { parseYaml, type YamlText } from './yaml-file.js';

/** A feed as JSON is read whole at once; as YAML it takes a hundred times as long for each byte. */
export const FEED_LIMITS = { json: 16 * 1024 * 1024, yaml: 512 * 1024, indicators: 200_000 } as const;
const SIGNATURE_BYTES = 64 * 1024;
/** What is needed where a file is something else. */
const FORM = 'a bundle of STIX 2.1, or a feed as docs/indicators.md has it';

/** The form of a feed of ours, as YAML or as JSON. */
const feedSchema = z.strictObject({
  format: z.literal('tillwarden indicators 1'),
  incidents: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a name of 1 to 40 of a-z, 0-9 and -'),
        source: z.string().max(500).optional(),
        indicators: z
          .array(
            z.strictObject({
              kind: z.enum(INDICATOR_KINDS),
              value: z.string().min(1).max(500),
              severity: z.enum(SEVERITIES).default('critical'),
              source: z.string().max(500).optional(),
              falsePositives: z.string().max(500).optional(),
            }),
          )
          .max(FEED_LIMITS.indicators),
      }),
    )
    .max(10_000),
});

/**
 * Reads a feed: YAML or JSON of our own form, or a bundle of STIX 2.1; verifies its signature first where it needs one. Throws `ConfigError` with the code
 * CONFIG_FEED.
 */
export function readFeed(config: FeedConfig, nowMs: number): Feed {
  const { name, file, signers } = config;
  const bytes = bytesOf(file, FEED_LIMITS.json);
  if (signers !== null) verifyFeed(file, bytes, signers);
  // Its signature is over all of it.
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const isJson = /^\s*\{/.test(text);
  if (!isJson && bytes.length > FEED_LIMITS.yaml) {
    const found = `${bytes.length} bytes of YAML`;
    throw refused(
      file,
      found,
      `at most ${FEED_LIMITS.yaml} bytes, or the same as JSON, of which ${FEED_LIMITS.json} are read`,
    );
  }
  const feed = isJson
    ? ofJson(text, name, file, nowMs)
    : ofYaml(parseYaml(file, text, 'CONFIG_FEED', FORM), name);
  if (feed.indicators.length > FEED_LIMITS.indicators) {
    throw refused(file, `${feed.indicators.length} indicators`, `at most ${FEED_LIMITS.indicators}`);
  }
  return feed;
}

/** Feeds, the one that comes with tillwarden where it is wanted, without what is excepted. */
export function indicatorsOfFeeds(
  { shipped, except }: Pick<IndicatorsConfig, 'shipped' | 'except'>,
  feeds: readonly Feed[],
): Indicators {
  const all = [...(shipped ? [shippedFeed] : []), ...feeds];
  return new Indicators(
    all.flatMap(({ indicators }) => indicators),
    except,
  );
}

/** What is known to be bad by a configuration, read now. Throws as `readFeed` does. */
export function configuredIndicators(
  config: Omit<IndicatorsConfig, 'mostNewMatches'>,
  nowMs: number,
): Indicators {
  return indicatorsOfFeeds(
    config,
    config.feeds.map((feed) => readFeed(feed, nowMs)),
  );
}

/** The same read at the first question, and not again. */
export function onceRead(read: () => Indicators): () => Indicators {
  let known: Indicators | null = null;
  return () => {
    known ??= read();
    return known;
  };
}

/** Hex SHA-256 of the file of a feed and of its signature. Throws as `readFeed` does. */
export function feedDigest({ file, signers }: FeedConfig): string {
  const feed = sha256Hex(bytesOf(file, FEED_LIMITS.json));
  return signers === null ? feed : sha256Hex(`${feed} ${sha256Hex(bytesOf(`${file}.sig`, SIGNATURE_BYTES))}`);
}

function ofJson(text: string, name: string, file: string, nowMs: number): Feed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(file, 'something that is not JSON', FORM);
  }
  if (isBundle(value)) return feedOfBundle(value, { name, nowMs });
  const read = feedSchema.safeParse(value);
  if (read.success) return ofEntries(read.data, name);
  const [issue] = read.error.issues;
  throw refused(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'another form'}`, FORM);
}

function ofYaml(yaml: YamlText, name: string): Feed {
  const read = feedSchema.safeParse(yaml.value);
  if (read.success) return ofEntries(read.data, name);
  const about = { schema: feedSchema, value: yaml.value, base: [], secrets: [] };
  throw new ConfigError('CONFIG_FEED', yaml.file, problemsOf(yaml, read.error.issues, about));
}

function ofEntries({ incidents }: z.output<typeof feedSchema>, feed: string): Feed {
  const unusable = new Map<string, number>();
  const indicators = incidents.flatMap(({ name: incident, source: published, indicators: own }) =>
    own.flatMap(({ kind, value, severity, source, falsePositives }): Indicator[] => {
      const why = unusableBecause(kind, value);
      if (why !== null) {
        unusable.set(why, (unusable.get(why) ?? 0) + 1);
        return [];
      }
      const about = { source: source ?? published ?? null, falsePositives: falsePositives ?? null };
      return [{ kind, value, feed, incident, severity, ...about }];
    }),
  );
  return { name: feed, indicators, unusable };
}

/** By any of the keys: who may speak for a feed is whoever its operator trusts with it, and no rule of approval. */
function verifyFeed(file: string, message: Uint8Array, signers: NonNullable<FeedConfig['signers']>): void {
  const armored = bytesOf(`${file}.sig`, SIGNATURE_BYTES).toString('latin1');
  const refusals = signers.flatMap((line) => {
    try {
      verifySignature({ armored, message, namespace: 'indicators@tillwarden', key: parsePublicKey(line) });
      return [];
    } catch (error) {
      if (!(error instanceof BaselineError)) throw error;
      return [error.message];
    }
  });
  if (refusals.length < signers.length) return;
  const found = `a signature that does not count: ${refusals[0] ?? 'no key'}`;
  throw refused(
    `${file}.sig`,
    found,
    'one by a key of "signers": ssh-keygen -Y sign -n indicators@tillwarden -f KEY FILE',
  );
}

function bytesOf(file: string, most: number): Buffer {
  try {
    return readGuarded(file, most).bytes;
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    if (code === 'ENOENT')
      throw refused(
        file,
        'no such file',
        'the file of the feed, and its signature where "signers" are named',
      );
    if (code === 'too-large') throw refused(file, `more than ${most} bytes`, `at most ${most}`);
    throw refused(file, `a file that cannot be read (${code})`, 'a file that this user may read');
  }
}

function refused(file: string, found: string, needed: string): ConfigError {
  const problem: ConfigProblem = { line: null, column: null, path: '', found, needed };
  return new ConfigError('CONFIG_FEED', file, [problem]);
}
