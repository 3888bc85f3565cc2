import { join } from 'node:path';
import { type Notifier, notifierKinds } from '../../notifiers/index.js';
import { type Approvals, createActiveBaseline, MIRROR_FOLDER } from '../approvals/active/active-baseline.js';
import type { Channel } from '../channel.js';
import { apiDegradations } from '../config/api.js';
import { type Config, definitionsOf, personalColumns } from '../config/config.js';
import { createComposer } from '../outbox/composer.js';
import { createOutbox, type Outbox } from '../outbox/outbox.js';
import { quietAt } from '../policy/quiet-at.js';
import type { Source } from '../sources/source.js';
import { sourceKindOf } from '../sources/source-kind.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { type Timers, within } from '../time/timers.js';
import { type DiskWatch, watchDisk } from './file-events.js';
import { type WatchedSite, watchSite } from './site.js';

/** What outlives a reload, and what everything is built with. */
export interface DaemonEnvironment {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: () => number;
  /** Milliseconds since anything that only ever grow. */
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  readonly onStoreError: (error: unknown) => void;
  /** A decision was recorded that is to be told: an incident may have become unanswered, or is so no more. */
  readonly onRecorded: () => void;
}

/** Everything that one configuration makes: built whole or not at all, started once, stopped once. */
export interface Assembly {
  readonly config: Config;
  readonly sites: readonly WatchedSite[];
  readonly channels: readonly Notifier[];
  /** The same channels with what each is for. */
  readonly routes: readonly Channel[];
  readonly outbox: Outbox;
  readApprovals(): Promise<Approvals>;
  /** Everything that was configured to be weaker than it should be: our words. */
  degradations(): readonly string[];
  /** Calls back when the files of approval or the configuration may have changed. */
  watchFiles(onHint: () => void): void;
  /** Ends everything, giving deliveries and reads under way `limitMs`. */
  stop(limitMs: number): Promise<void>;
}

/**
 * Builds what a configuration says and opens its sources. Throws `SourceError` or `NotifierError` when a part must not start
 * (invariants 9 and 10); what was opened until then is closed again.
 */
export async function assemble(config: Config, environment: DaemonEnvironment): Promise<Assembly> {
  const { store, log, clock, timers } = environment;
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    await Promise.allSettled(closers.map((close) => close()));
  };
  try {
    const channels = await buildChannels(config);
    closers.push(...channels.map((channel) => () => channel.close()));
    const routes = channels.map(({ name, parts }, index) => ({
      name,
      parts,
      for: config.notifiers[index]?.for ?? {},
    }));
    const sources = new Map<string, Source[]>();
    for (const site of config.sites) {
      const own = site.sources.map((source) => {
        const built = sourceKindOf(config.sourceKinds, source.kind).create(
          {
            site: site.name,
            name: source.name,
            collections: source.collections,
            fingerprintKey: config.fingerprintKey,
            log: (level, message, details) => log[level]({ site: site.name, ...details }, message),
            clock,
          },
          source.config,
        );
        closers.push(() => built.close());
        return built;
      });
      await Promise.all(own.map((source) => source.open()));
      sources.set(site.name, own);
    }
    const outbox = createOutbox({
      store,
      notifiers: channels,
      clock,
      random: environment.random,
      timers,
      onAttempt: (channel, message, outcome) => {
        environment.metrics.deliveries.inc({ channel, outcome: outcome.delivered ? 'delivered' : 'failed' });
        const { alertId, part, attempt, content } = message;
        const incident = content.role === 'notice' ? null : content.news.incident.id;
        const fields = { channel, part, alert: alertId, role: content.role, incident, attempt };
        if (outcome.delivered) log.info(fields, 'delivered');
        else log.warn({ ...fields, reason: outcome.reason, retry: outcome.retry }, 'not delivered');
      },
      compose: createComposer({
        store,
        canAcknowledge: config.api !== null,
        wordsOf: (name) => {
          const site = sites.find((one) => one.name === name);
          if (site === undefined) return null;
          const { timeZone } = site.config;
          const personal = personalColumns(site.config, config.messages);
          return { timeZone, definitions: site.collections(), personal };
        },
      }),
      quietAt: (nowMs) => quietAt(config.quietHours, nowMs),
      paceMs: (channel) => config.notifiers.find(({ name }) => name === channel)?.paceMs ?? 0,
      onPassedOn: (from, to, alert) => log.warn({ from, to, alert }, 'passed on to another channel'),
      onStoreError: (_channel, error) => environment.onStoreError(error),
      onComposeError: (channel, error) => log.error({ err: error, channel }, 'a message cannot be composed'),
    });
    const sites: readonly WatchedSite[] = config.sites.map((site) =>
      watchSite({
        config: site,
        sources: sources.get(site.name) ?? [],
        rules: config.rules,
        timing: config.timing,
        messages: config.messages,
        recorder: {
          store,
          channels: () => routes,
          onEnqueued: () => {
            outbox.wake();
            environment.onRecorded();
          },
          onStoreError: environment.onStoreError,
          clock,
        },
        clock,
        monotonic: environment.monotonic,
        random: environment.random,
        timers,
        log,
        metrics: environment.metrics,
      }),
    );
    const readApprovals = createActiveBaseline({
      trustDirectory: config.trust.directory,
      baselinesDirectory: config.baselines.directory,
      mirrorDirectory: join(config.stateDirectory, MIRROR_FOLDER),
      pin: config.trust.root,
      sites: config.sites.map((site) => site.name),
      remembered: (site) => store.transaction((tx) => tx.baselines.remembered(site)),
      withdrawn: (site) =>
        new Set(
          store.suppressions
            .list(site)
            .flatMap(({ digest, state }) => (state === 'withdrawn' ? [digest] : [])),
        ),
      clock,
    });
    let files: DiskWatch | null = null;
    return {
      config,
      sites,
      channels,
      routes,
      outbox,
      readApprovals,
      degradations: () => [
        ...configured(config, channels),
        ...[...sources].flatMap(([site, own]) => degraded(site, own)),
      ],
      watchFiles: (onHint) => {
        const { baselines, trust, file } = config;
        files = watchDisk([baselines.directory, trust.directory, file], onHint, (error) =>
          log.warn({ err: error }, 'file events are not available; files are read on the timer'),
        );
      },
      stop: async (limitMs) => {
        await files?.close();
        const ended = Promise.all(sites.map((site) => site.stop()));
        await Promise.all([outbox.stop(limitMs), within(timers, limitMs, ended)]);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function buildChannels(config: Config): Promise<Notifier[]> {
  return Promise.all(
    config.notifiers.map(async ({ kind, name, config: own }) => {
      const factory = await kindOf(notifierKinds, kind).load();
      return factory.create(name, own);
    }),
  );
}

function kindOf<K>(kinds: ReadonlyMap<string, K>, kind: string): K {
  const found = kinds.get(kind);
  if (found === undefined) throw new RangeError(`no such kind: ${kind}`);
  return found;
}

function configured(config: Config, channels: readonly Notifier[]): string[] {
  const kinds = new Set(channels.map((channel) => channel.kind));
  return [
    ...channels.flatMap(({ name, degradations = [] }) =>
      degradations.map(({ code, message }) => `channel ${name}: ${code}: ${message}`),
    ),
    ...(config.escalation.some(({ severities }) => severities.includes('critical'))
      ? []
      : ['what is critical and not acknowledged goes to nobody else: escalation has no step for it']),
    ...(kinds.size < 2 ? ['alerts go through one kind of channel only: when it fails nobody is told'] : []),
    ...apiDegradations(config.api),
    ...config.sites
      .filter((site) => definitionsOf(site).every((definition) => definition.kind === 'sensor'))
      .map((site) => `${site.name}: nothing but the sensor is watched`),
  ];
}

function degraded(site: string, sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.degradations().map(({ code, message }) => `${site}: ${source.name}: ${code}: ${message}`),
  );
}
