import { createHash, createHmac } from 'node:crypto';
import { canonicalJson, type JsonValue } from '../../baselines/index.js';
import { notifierKinds } from '../../notifiers/index.js';
import type { ConfigWithSecrets } from './config.js';
import { publicPart } from './secret.js';
import type { Settings } from './settings.js';

/**
 * Hex SHA-256 of what a configuration comes to, defaults included, so that another spelling of the same is the same. A secret stands as
 * its HMAC under the fingerprint key, hence changes the digest without letting itself be guessed from it; without such a key only what is no
 * secret counts, such as the host in a database's URL.
 */
export function configDigest(config: Omit<ConfigWithSecrets, 'digest' | 'secrets' | 'isOnDisk'>): string {
  const {
    fingerprintKey,
    sites,
    notifiers,
    api,
    heartbeat,
    sourceKinds,
    file: _,
    siteFiles: _siteFiles,
    ...rest
  } = config;
  const seal = (secret: unknown): string | null => {
    const text = typeof secret === 'string' ? secret : '';
    if (fingerprintKey === null) return publicPart(text);
    return createHmac('sha256', fingerprintKey).update(`tillwarden config 1\n${text}`).digest('hex');
  };
  const sealed = (own: Settings, secrets: readonly string[]) =>
    Object.entries(own).map(([name, value]) => [name, secrets.includes(name) ? seal(value) : value]);
  const effective = {
    ...rest,
    api: api === null ? null : { ...api, tls: api.tls && { ...api.tls, key: seal(api.tls.key) } },
    heartbeat:
      heartbeat === null
        ? null
        : { ...heartbeat, url: fingerprintKey === null ? originOf(heartbeat.url) : seal(heartbeat.url) },
    fingerprintKey: fingerprintKey === null ? null : seal(''),
    sites: sites.map((site) => ({
      ...site,
      sources: site.sources.map((source) => ({
        ...withoutSettings(source),
        config: sealed(source.config, sourceKinds.get(source.kind)?.secrets ?? []),
      })),
    })),
    notifiers: notifiers.map((one) => ({
      ...one,
      config: sealed(one.config, notifierKinds.get(one.kind)?.secrets ?? []),
    })),
  };
  // Through JSON, which leaves out what is undefined.
  const plain = JSON.parse(JSON.stringify(effective)) as JsonValue;
  return createHash('sha256').update(canonicalJson(plain)).digest('hex');
}

/** The settings that are no secret stand in `config` already. */
function withoutSettings<T extends { readonly settings: Settings }>({ settings: _, ...rest }: T) {
  return rest;
}

/** All of the URL that is no secret: the rest of it names the check. */
function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null;
}
