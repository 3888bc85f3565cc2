import type { ConfigWithSecrets, SiteConfigWithSecrets } from '../config/config.js';
import type { Source } from '../sources/source.js';
import { sourceKindOf } from '../sources/source-kind.js';
import type { Closers } from './closers.js';
import type { DaemonEnvironment } from './environment.js';

/** By site, in the order of the configuration. */
export type OpenSources = ReadonlyMap<string, readonly Source[]>;

/** Builds and opens the sources of every site. Throws `SourceError` when one must not start; `closers` then holds those built so far. */
export async function openSources(
  config: ConfigWithSecrets,
  environment: DaemonEnvironment,
  closers: Closers,
): Promise<OpenSources> {
  const sources = new Map<string, readonly Source[]>();
  for (const site of config.sites) {
    const own = build(site, config, environment);
    for (const source of own) closers.add(() => source.close());
    await Promise.all(own.map((source) => source.open()));
    sources.set(site.name, own);
  }
  return sources;
}

function build(
  site: SiteConfigWithSecrets,
  { fingerprintKey, sourceKinds }: ConfigWithSecrets,
  { log, clock }: DaemonEnvironment,
): readonly Source[] {
  return site.sources.map(({ kind, name, collections, config }) => {
    const context = {
      site: site.name,
      name,
      collections,
      fingerprintKey,
      log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, details?: object) =>
        log[level]({ site: site.name, ...details }, message),
      clock,
    };
    return sourceKindOf(sourceKinds, kind).create(context, config);
  });
}
