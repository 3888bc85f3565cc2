import { type Notifier, notifierKinds } from '../../notifiers/index.js';
import type { Channel } from '../channel.js';
import { type ConfigWithSecrets, personalColumns } from '../config/config.js';
import { type Composer, createComposer } from '../outbox/composer.js';
import { createOutbox, type Outbox } from '../outbox/outbox.js';
import { quietAt } from '../policy/quiet-at.js';
import { stageTimer } from '../telemetry/metrics.js';
import type { DaemonEnvironment } from './environment.js';
import type { WatchedSite } from './site.js';

/** Loads and builds the configured channels. Throws `NotifierError` when one must not start. */
export async function buildChannels(config: ConfigWithSecrets): Promise<Notifier[]> {
  return Promise.all(
    config.notifiers.map(async ({ kind, name, config: own }) => {
      const registered = notifierKinds.get(kind);
      if (registered === undefined) throw new RangeError(`no such kind of channel: ${kind}`);
      const factory = await registered.load();
      return factory.create(name, own);
    }),
  );
}

/** The channels with what each is for. */
export function routesOf(config: ConfigWithSecrets, channels: readonly Notifier[]): readonly Channel[] {
  return channels.map(({ name, parts, formerPart }, index) => ({
    name,
    parts,
    formerPart,
    for: config.notifiers[index]?.for ?? {},
  }));
}

/** The outbox of a configuration. `site` finds one of its sites by name. */
export function buildOutbox(
  config: ConfigWithSecrets,
  notifiers: readonly Notifier[],
  environment: DaemonEnvironment,
  site: (name: string) => WatchedSite | undefined,
): Outbox {
  const { store, log, metrics, clock, random, timers, caught } = environment;
  return createOutbox({
    store,
    notifiers,
    clock,
    random,
    timers,
    beginStage: stageTimer(metrics),
    onAttempt: (channel, message, outcome) => {
      metrics.deliveries.inc({ channel, outcome: outcome.delivered ? 'delivered' : 'failed' });
      const { alertId, part, attempt, content } = message;
      const incident = content.role === 'notice' ? null : content.news.incident.id;
      const fields = { channel, part, alert: alertId, role: content.role, incident, attempt };
      if (outcome.delivered) log.info(fields, 'delivered');
      else log.warn({ ...fields, reason: outcome.reason, retry: outcome.retry }, 'not delivered');
    },
    compose: composerOf(config, environment, site),
    quietAt: (nowMs) => quietAt(config.quietHours, nowMs),
    paceMs: (channel) => config.notifiers.find(({ name }) => name === channel)?.paceMs ?? 0,
    onPassedOn: (from, to, alert) => log.warn({ from, to, alert }, 'passed on to another channel'),
    onStoreError: (channel, error) => caught(`sending through channel ${channel}`, error),
    onComposeError: (channel, error) => caught(`composing for channel ${channel}`, error),
  });
}

function composerOf(
  config: ConfigWithSecrets,
  { store, caught }: DaemonEnvironment,
  siteOf: (name: string) => WatchedSite | undefined,
): Composer {
  return createComposer({
    store,
    canAcknowledge: config.api !== null,
    pageUrl: config.api?.pageUrl ?? null,
    onDefect: (error) => caught('putting an incident into words', error),
    isConfigured: (channel) => config.notifiers.some(({ name }) => name === channel),
    wordsOf: (name) => {
      const site = siteOf(name);
      if (site === undefined) return null;
      const personal = personalColumns(site.config, config.messages);
      const { timeZone, guidance } = site.config;
      return { timeZone, definitions: site.definitions(), personal, guidance, logEvents: site.logEvents() };
    },
  });
}
