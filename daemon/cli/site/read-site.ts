import type { CollectionSnapshot } from '../../../baselines/index.js';
import type {
  ConfigWithSources,
  SiteConfigWithSecrets,
  SourceConfigWithSecrets,
} from '../../config/config.js';
import { needsConfirmation } from '../../policy/confirm.js';
import type { CollectionReading, Degradation, Source } from '../../sources/source.js';
import { sourceKindOf } from '../../sources/source-kind.js';
import type { CommandContext } from '../command.js';

/** What one look at all sources of a site found. */
export interface SiteReading {
  /** By collection; one for each that is configured. */
  readonly readings: ReadonlyMap<string, CollectionReading>;
  /** UTC milliseconds: the oldest instant of the sources' snapshots. */
  readonly observedAtMs: number;
  readonly degradations: readonly Degradation[];
}

type Signed = ReadonlyMap<string, CollectionSnapshot>;

/**
 * Connects to every source of a site, reads everything once and disconnects. So much missing that a second read must confirm it
 * gets one (invariant 4). Throws `SourceError` for a refusal or a mistake of configuration.
 */
export async function readSiteOnce(
  context: CommandContext,
  config: ConfigWithSources,
  site: SiteConfigWithSecrets,
  signed: Signed = new Map(),
): Promise<SiteReading> {
  const looks = await Promise.allSettled(
    site.sources.map((source) => look(context, config, site, source, signed)),
  );
  const failed = looks.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  const done = looks.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  return {
    readings: new Map(done.flatMap(({ readings }) => [...readings])),
    observedAtMs: Math.min(...done.map(({ observedAtMs }) => observedAtMs)),
    degradations: done.flatMap(({ degradations }) => degradations),
  };
}

async function look(
  { terminal, clock }: CommandContext,
  config: ConfigWithSources,
  site: SiteConfigWithSecrets,
  settings: SourceConfigWithSecrets,
  signed: Signed,
): Promise<SiteReading> {
  const source = sourceOf(config, site, settings, clock);
  try {
    return await terminal.progress(`reading ${settings.name} of ${site.name}`, readOnce(source, signed));
  } finally {
    await source.close();
  }
}

async function readOnce(source: Source, signed: Signed): Promise<SiteReading> {
  await source.open();
  const { collections, observedAtMs } = await source.read(undefined, { signed });
  const readings = new Map(collections);
  const doubtful = [...readings].filter(([name, reading]) => {
    const before = signed.get(name);
    return reading.readable && before !== undefined && needsConfirmation(before, reading.snapshot);
  });
  if (doubtful.length > 0) {
    const again = await source.read(
      doubtful.map(([name]) => name),
      { signed },
    );
    for (const [name, reading] of again.collections) readings.set(name, reading);
  }
  return { readings, observedAtMs, degradations: source.degradations() };
}

function sourceOf(
  config: ConfigWithSources,
  site: SiteConfigWithSecrets,
  settings: SourceConfigWithSecrets,
  clock: () => number,
): Source {
  return sourceKindOf(config.sourceKinds, settings.kind).create(
    {
      site: site.name,
      name: settings.name,
      collections: settings.collections,
      fingerprintKey: config.fingerprintKey,
      // What went wrong stands in the readings, which the command prints.
      log: () => undefined,
      clock,
    },
    settings.config,
  );
}
