import { ApprovalFilesWatch } from '../approvals/approval-files.js';
import { Submissions } from '../approvals/submissions.js';
import type { Channel } from '../channel.js';
import type { ConfigWithSecrets } from '../config/config.js';
import { Containment } from '../containment/containment.js';
import { perform } from '../containment/perform.js';
import { ContainmentReadiness } from '../containment/readiness.js';
import { type Api, createApi } from '../http/api.js';
import { ChangeFeed } from '../http/change-feed.js';
import { readPage } from '../http/page-files.js';
import { Sessions } from '../http/sessions.js';
import { type Acknowledgements, createAcknowledgements } from '../incidents/acknowledgements.js';
import { createEscalations, type Escalations } from '../incidents/escalations.js';
import { type Announcer, createAnnouncer } from '../outbox/announcer.js';
import { createResponses, type Responses } from '../response/responses.js';
import { openStore } from '../store/sqlite/open.js';
import { createMetrics } from '../telemetry/metrics.js';
import { Retention } from '../watchdog/retention.js';
import { SelfMonitor } from '../watchdog/self-monitor.js';
import { ActiveAssembly } from './active-assembly.js';
import { apiRoutes, feedState } from './api-routes.js';
import { type Assembly, assemble } from './assembly.js';
import { ConfigFile } from './config-file.js';
import { type DaemonEnvironment, type DaemonOptions, processEnvironment } from './environment.js';
import { respondedSite } from './responded-site.js';
import { type StatusOptions, statusNow } from './status.js';
import { WatchedFiles } from './watched-files.js';

/**
 * What the daemon is made of beside the active assembly: what people answer and are asked again, what they hand in, the files that are
 * looked at, the watchdog over all that, and the API. Each asks for the assembly when it needs it, so that another configuration can put
 * another one in its place.
 */
export class DaemonParts {
  readonly environment: DaemonEnvironment;
  readonly startedMs: number;
  readonly announcer: Announcer;
  readonly escalations: Escalations;
  readonly acknowledgements: Acknowledgements;
  readonly containment: Containment;
  readonly readiness: ContainmentReadiness;
  readonly submissions: Submissions;
  readonly approvals: ApprovalFilesWatch;
  readonly configFile: ConfigFile;
  readonly files: WatchedFiles;
  readonly selfMonitor: SelfMonitor;
  readonly retention: Retention;
  readonly feed: ChangeFeed;
  readonly api: Api;
  readonly #startedAt: number;
  #active: ActiveAssembly | null = null;

  /** Opens the state store and nothing else. Throws `StoreError`. */
  constructor(config: ConfigWithSecrets, options: DaemonOptions) {
    const own = processEnvironment(config, options);
    this.feed = this.#buildFeed(own);
    const store = openStore(config.stateDirectory, () => this.feed.hint());
    const metrics = createMetrics(() => ({
      sites: this.#siteStatuses(),
      undelivered: store.outbox.messages({ undeliveredOnly: true, limit: 100_000 }).length,
    }));
    this.environment = {
      ...own,
      store,
      metrics,
      caught: (part, error) => this.selfMonitor.caught(part, error),
    };
    this.startedMs = own.clock();
    this.#startedAt = own.monotonic();
    const { clock } = own;
    this.announcer = createAnnouncer({
      store,
      channels: this.#channels,
      onEnqueued: this.#wakeOutbox,
      clock,
    });
    this.escalations = this.#buildEscalations();
    this.containment = this.#buildContainment();
    this.readiness = new ContainmentReadiness({
      ...this.environment,
      config: () => this.assembly().config,
      onError: (error) => this.environment.caught('looking at the rules of containment', error),
    });
    this.acknowledgements = this.#buildAcknowledgements();
    this.submissions = new Submissions({
      assembly: this.assembly,
      store,
      clock,
      onInstalled: () => this.files.request(),
    });
    this.approvals = this.#buildApprovals();
    this.configFile = this.#buildConfigFile();
    this.files = this.#buildFiles(config);
    this.selfMonitor = this.#buildSelfMonitor();
    this.retention = new Retention({ ...this.environment, config: () => this.assembly().config });
    this.api = this.#buildApi();
  }

  /** Builds the first assembly. Throws what stops the start: `SourceError` or `NotifierError`. */
  async open(config: ConfigWithSecrets): Promise<void> {
    const onRecorded = () => {
      this.escalations.look();
      this.containment.look();
    };
    const build = (next: ConfigWithSecrets) => {
      for (const secret of next.secrets) this.environment.secrets.add(secret);
      return assemble(next, { ...this.environment, onRecorded });
    };
    this.#active = await ActiveAssembly.of(config, build);
  }

  readonly active = (): ActiveAssembly => {
    if (this.#active === null) throw new RangeError('nothing is assembled yet');
    return this.#active;
  };

  readonly assembly = (): Assembly => this.active().assembly();

  uptimeMs(): number {
    return this.environment.monotonic() - this.#startedAt;
  }

  /** What status and health are made of. */
  statusOptions(): StatusOptions {
    const { startedMs, assembly, approvals, escalations, selfMonitor, retention, api } = this;
    const { store } = this.environment;
    const uptimeMs = () => this.uptimeMs();
    return {
      startedMs,
      uptimeMs,
      store,
      assembly,
      approvals,
      escalations,
      selfMonitor,
      retentionProblem: () => retention.problem(),
      apiProblem: api.problem,
      containmentProblems: () => this.readiness.problems(),
    };
  }

  /** Sends what is queued, listens for file events, and looks at the files. */
  begin(): void {
    this.active().begin(() => this.files.hint());
    this.files.request();
  }

  /** Ends all of it at once, and closes the store: for a start that failed. */
  async close(): Promise<void> {
    await this.api.close();
    await this.files.stop();
    await this.#active?.stop();
    this.environment.store.close();
  }

  readonly #channels = (): readonly Channel[] => this.assembly().routes;

  readonly #siteStatuses = () => this.assembly().sites.map((site) => site.status());

  readonly #wakeOutbox = (): void => this.assembly().outbox.wake();

  readonly #notifyPeople = (): void => {
    this.#wakeOutbox();
    this.escalations.look();
  };

  #buildEscalations(): Escalations {
    const { store, clock, timers, log, caught } = this.environment;
    return createEscalations({
      store,
      steps: () => this.assembly().config.escalation,
      channels: this.#channels,
      clock,
      timers,
      onEnqueued: this.#wakeOutbox,
      onEscalated: ({ time: round, ...escalated }) =>
        log.warn({ ...escalated, round }, 'nobody has acknowledged it: passed to others'),
      onStoreError: (error) => caught('passing on what nobody acknowledged', error),
    });
  }

  #buildAcknowledgements(): Acknowledgements {
    const { store, clock, monotonic, timers, caught } = this.environment;
    return createAcknowledgements({
      store,
      times: () => this.assembly().config.incidents,
      channels: this.#channels,
      clock,
      monotonic,
      timers,
      onEnqueued: this.#notifyPeople,
      onStoreError: (error) => caught('ending acknowledgements', error),
    });
  }

  #buildContainment(): Containment {
    const { store, clock, caught } = this.environment;
    return new Containment({
      store,
      config: () => this.assembly().config.containment,
      site: (name) => {
        const site = this.assembly().site(name);
        return site === undefined
          ? null
          : { timeZone: site.config.timeZone, baseline: site.baselineVersion() };
      },
      channels: this.#channels,
      onEnqueued: this.#wakeOutbox,
      clock,
      perform: (action, given) => perform(action, given, this.assembly().config.sourceKinds),
      onError: (error) => caught('containing', error),
    });
  }

  #buildResponses(): Responses {
    const { store, clock } = this.environment;
    return createResponses({
      store,
      site: (name) => respondedSite(this.assembly().site(name)),
      directory: () => this.assembly().config.runbooksDirectory,
      channels: this.#channels,
      onEnqueued: this.#wakeOutbox,
      clock,
    });
  }

  #buildApprovals(): ApprovalFilesWatch {
    const { assembly, announcer, submissions, environment } = this;
    return new ApprovalFilesWatch({
      ...environment,
      assembly,
      announcer,
      submissions,
      onEnqueued: this.#wakeOutbox,
      onAgain: () => this.files.hint(),
    });
  }

  #buildConfigFile(): ConfigFile {
    const { store, clock, log, caught } = this.environment;
    return new ConfigFile({
      config: () => this.assembly().config,
      feedProblems: () => this.assembly().feeds.problems(),
      follow: (next, announce) => this.#follow(next, announce),
      announce: this.announcer.announce,
      recorder: {
        store,
        channels: this.#channels,
        onEnqueued: this.#notifyPeople,
        onStoreError: (error) => caught('recording what is wrong with the configuration', error),
        clock,
      },
      log,
    });
  }

  #buildFiles({ timing }: ConfigWithSecrets): WatchedFiles {
    const { random, timers, caught } = this.environment;
    return new WatchedFiles({
      look: async () => {
        // A start may take longer than the time between two looks, and what it reads is what a look would.
        if (this.#active === null) return;
        // Approvals first: a configuration that changes what is watched is judged by what people signed last.
        await this.approvals.look();
        await this.assembly()
          .lookAtFeeds()
          .catch((error) => caught('looking at the feeds of indicators', error));
        await this.configFile.look().finally(() => this.selfMonitor.store.probe());
      },
      onError: (error) => caught('looking at the configuration file', error),
      intervalMs: timing.filesIntervalMs,
      random,
      timers,
    });
  }

  #buildSelfMonitor(): SelfMonitor {
    return new SelfMonitor({
      ...this.environment,
      startedMs: this.startedMs,
      uptimeMs: () => this.uptimeMs(),
      config: () => this.assembly().config,
      channels: () => this.assembly().channels,
      announce: this.announcer.announce,
      sites: this.#siteStatuses,
      status: () => statusNow(this.statusOptions()),
      trust: () => this.approvals.trust(),
      signedMs: () => this.approvals.signedMs(),
      overdue: () =>
        this.escalations.overdue().flatMap(({ id, severity }) => (severity === 'critical' ? [id] : [])),
    });
  }

  #buildFeed({ timers, clock }: Pick<DaemonEnvironment, 'timers' | 'clock'>): ChangeFeed {
    return new ChangeFeed({
      state: () =>
        feedState(
          this.environment.store,
          this.assembly().config.sites.map(({ name }) => name),
        ),
      people: () => this.assembly().config.api?.people ?? [],
      timers,
      clock,
    });
  }

  #buildApi(): Api {
    const { assembly, submissions, acknowledgements, feed, environment } = this;
    const { store, clock, log } = environment;
    const status = () => statusNow(this.statusOptions());
    const responses = this.#buildResponses();
    const routes = apiRoutes({
      assembly,
      store,
      submissions,
      acknowledgements,
      responses,
      status,
      feed,
      clock,
    });
    const files = readPage('watch');
    if (files === null) return createApi({ routes, log, clock });
    const sessions = new Sessions(
      {
        load: () => store.meta.get('sessions') ?? [],
        save: (kept) => store.transaction((tx) => tx.meta.set('sessions', kept)),
      },
      clock,
    );
    return createApi({ routes, log, clock, page: { files, sessions } });
  }

  async #follow(next: ConfigWithSecrets, announce: () => void): Promise<void> {
    if (!(await this.active().follow(next, announce))) return;
    // What cannot be listened on is told as degraded: the watching goes on.
    await this.api.apply(next.api).catch((error) => {
      this.environment.log.error({ err: error }, 'the API cannot be served');
    });
    this.begin();
    this.readiness.look();
  }
}
