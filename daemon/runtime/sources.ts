import type { ConfigWithSecrets, SiteConfigWithSecrets } from '../config/config.js';
import type { LogIndicators, SourceContext } from '../sources/context.js';
import type { Source } from '../sources/source.js';
import { sourceKindOf } from '../sources/source-kind.js';
import { severalAtATime } from '../time/several-at-a-time.js';
import type { Closers } from './closers.js';
import type { DaemonEnvironment } from './environment.js';

/** By site, in the order of the configuration. */
export type OpenSources = ReadonlyMap<string, readonly Source[]>;

/** What of the daemon sources are given. */
type SourceEnvironment = Pick<DaemonEnvironment, 'log' | 'clock'> &
  Partial<Pick<DaemonEnvironment, 'store' | 'connections'>>;

/** How many sites are opened at a time. */
const SITES_AT_A_TIME = 32;
/** How long other sites wait for one whose server says nothing, in milliseconds. A site that is alone is waited for as long as connecting may take. */
const PATIENCE_MS = 1_000;

/**
 * Builds and opens the sources of every site, several at a time. Throws the `SourceError` of the first of them that must not start, once none is
 * being opened any more; `closers` then holds those built so far.
 */
export async function openSources(
  config: ConfigWithSecrets,
  environment: SourceEnvironment,
  closers: Closers,
  logIndicators?: () => LogIndicators,
): Promise<OpenSources> {
  const patience = config.sites.length > 1 ? { openWithinMs: PATIENCE_MS } : {};
  const opened = await severalAtATime(SITES_AT_A_TIME, config.sites, async (site) => {
    const own = build(site, config, environment, {
      ...patience,
      ...(logIndicators === undefined ? {} : { logIndicators }),
    });
    for (const source of own) closers.add(() => source.close());
    for (const one of await Promise.allSettled(own.map((source) => source.open()))) {
      if (one.status === 'rejected') throw one.reason;
    }
    return [site.name, own] as const;
  });
  return new Map(opened);
}

function build(
  site: SiteConfigWithSecrets,
  { fingerprintKey, sourceKinds }: ConfigWithSecrets,
  { log, clock, store, connections }: SourceEnvironment,
  shared: Pick<SourceContext, 'openWithinMs' | 'logIndicators'>,
): readonly Source[] {
  return site.sources.map(({ kind, name, collections, config }) => {
    const context: SourceContext = {
      ...shared,
      ...(connections === undefined ? {} : { connections }),
      logMemory: () => store?.meta.get(`log:${site.name}/${name}`) ?? null,
      site: site.name,
      name,
      collections,
      fingerprintKey,
      log: (level, message, details) => log[level]({ site: site.name, ...details }, message),
      clock,
    };
    return sourceKindOf(sourceKinds, kind).create(context, config);
  });
}
