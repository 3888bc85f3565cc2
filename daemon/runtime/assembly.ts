import { join } from 'node:path';
import type { Notifier } from '../../notifiers/index.js';
import { ActiveBaselines, type Approvals, type ApprovalsTaker } from '../approvals/active/active-baseline.js';
import { MIRROR_FOLDER } from '../approvals/active/mirror.js';
import { Checkpoints } from '../approvals/chain-memory.js';
import { programVersion } from '../built.js';
import type { Channel } from '../channel.js';
import type { ConfigWithSecrets } from '../config/config.js';
import type { Outbox } from '../outbox/outbox.js';
import { rememberedRoot } from '../store/remembered-root.js';
import { within } from '../time/timers.js';
import { buildChannels, buildOutbox, routesOf } from './channels.js';
import { Closers } from './closers.js';
import { configuredDegradations } from './degradations.js';
import type { DaemonEnvironment } from './environment.js';
import { type DiskWatch, watchDisk } from './file-events.js';
import { IndicatorFeeds } from './indicator-feeds.js';
import { WatchedSite } from './site.js';
import { type OpenSources, openSources } from './sources.js';

/** Where, inside a state directory, the daemon writes down what it has verified of chains. */
const CHECKPOINT_FOLDER = 'checkpoints';

export interface AssemblyOptions extends DaemonEnvironment {
  /** A decision was recorded that is to be told: an incident may have become unanswered, or is so no more. */
  readonly onRecorded: () => void;
}

/**
 * Builds what a configuration says and opens its sources. Throws `SourceError` or `NotifierError` when a part must not start
 * (invariants 9 and 10); what was opened until then is closed again.
 */
export async function assemble(config: ConfigWithSecrets, options: AssemblyOptions): Promise<Assembly> {
  const closers = new Closers();
  try {
    const channels = await buildChannels(config);
    for (const channel of channels) closers.add(() => channel.close());
    const feeds = new IndicatorFeeds(config.indicators, options.clock);
    const sources = await openSources(config, options, closers, () => feeds.indicators());
    return new Assembly(config, options, { channels, feeds, sources, closers });
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Everything that one configuration makes: built whole or not at all, started once, stopped once. */
export class Assembly {
  readonly config: ConfigWithSecrets;
  readonly channels: readonly Notifier[];
  /** The same channels with what each is for. */
  readonly routes: readonly Channel[];
  readonly outbox: Outbox;
  readonly sites: readonly WatchedSite[];
  readonly feeds: IndicatorFeeds;
  readonly #options: AssemblyOptions;
  readonly #sources: OpenSources;
  readonly #closers: Closers;
  readonly #baselines: ActiveBaselines;
  #files: DiskWatch | null = null;

  constructor(
    config: ConfigWithSecrets,
    options: AssemblyOptions,
    open: {
      readonly channels: readonly Notifier[];
      readonly feeds: IndicatorFeeds;
      readonly sources: OpenSources;
      readonly closers: Closers;
    },
  ) {
    this.config = config;
    this.channels = open.channels;
    this.routes = routesOf(config, open.channels);
    this.#options = options;
    this.#sources = open.sources;
    this.#closers = open.closers;
    this.feeds = open.feeds;
    this.outbox = buildOutbox(config, open.channels, options, (name) => this.site(name));
    this.sites = config.sites.map((site) => this.#watch(site));
    this.#baselines = baselinesOf(config, options);
  }

  /** Undefined for a site that is not configured. */
  site(name: string): WatchedSite | undefined {
    return this.sites.find((site) => site.name === name);
  }

  readApprovals(taker: ApprovalsTaker): Promise<Approvals> {
    return this.#baselines.read(taker);
  }

  /** Everything that was configured to be weaker than it should be: our words. */
  degradations(): readonly string[] {
    return configuredDegradations(this.config, this.channels, this.#sources);
  }

  /** Looks at the feeds of indicators again. Rejects with defects only. */
  async lookAtFeeds(): Promise<void> {
    const { log, store, clock } = this.#options;
    for (const news of await this.feeds.look(this.sites)) {
      log.info({ news }, 'a feed of indicators changed');
      store.transaction((tx) =>
        tx.journal.append({ type: 'indicators-in-force', body: { ...news } }, clock()),
      );
    }
  }

  /** Calls back when the files of approval or the configuration may have changed. */
  watchFiles(onHint: () => void): void {
    const { baselines, trust, file, siteFiles, indicators } = this.config;
    const places = [baselines.directory, trust.directory, file, ...indicators.feeds.map((feed) => feed.file)];
    if (siteFiles !== null) places.push(siteFiles.directory);
    this.#files = watchDisk(places, onHint, (error) =>
      this.#options.log.warn({ err: error }, 'file events are not available; files are read on the timer'),
    );
  }

  /** Ends everything, giving deliveries and reads under way `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    await this.#files?.close();
    const ended = Promise.all(this.sites.map((site) => site.stop()));
    await Promise.all([this.outbox.stop(limitMs), within(this.#options.timers, limitMs, ended)]);
    for (const site of this.sites) site.abandon();
    await this.#closers.close();
  }

  #watch(site: ConfigWithSecrets['sites'][number]): WatchedSite {
    const { store, clock, caught, onRecorded } = this.#options;
    const { rules, timing, messages } = this.config;
    return new WatchedSite({
      config: site,
      sources: this.#sources.get(site.name) ?? [],
      rules,
      timing,
      messages,
      indicators: this.feeds.indicators(),
      recorder: {
        store,
        channels: () => this.routes,
        onEnqueued: () => this.outbox.wake(onRecorded),
        onStoreError: (error) => caught(`recording what was decided at ${site.name}`, error),
        clock,
      },
      environment: this.#options,
    });
  }
}

function baselinesOf(config: ConfigWithSecrets, { store, clock }: DaemonEnvironment): ActiveBaselines {
  return new ActiveBaselines({
    trustDirectory: config.trust.directory,
    baselinesDirectory: config.baselines.directory,
    mirrorDirectory: join(config.stateDirectory, MIRROR_FOLDER),
    pin: config.trust.root,
    sites: config.sites.map((site) => site.name),
    checkpoints: new Checkpoints({
      folder: join(config.stateDirectory, CHECKPOINT_FOLDER),
      pin: config.trust.root,
      verifier: programVersion(),
    }),
    remembered: (site) => store.transaction((tx) => tx.baselines.remembered(site)),
    rememberedRoot: () => rememberedRoot(store.meta, config.trust.root),
    isWithdrawnProposal: (site, digest) => store.baselines.isWithdrawn(site, digest),
    withdrawn: (site) =>
      new Set(
        store.suppressions.list(site).flatMap(({ digest, state }) => (state === 'withdrawn' ? [digest] : [])),
      ),
    clock,
  });
}
