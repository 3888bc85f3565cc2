import { composeConfigChanged } from '../alerts/announce.js';
import type { SiteApprovals } from '../approvals/active/active-baseline.js';
import { NO_SUPPRESSIONS } from '../approvals/active/suppressions.js';
import { ALL_SITES } from '../channel.js';
import type { ConfigWithSecrets } from '../config/config.js';
import { configDifferences } from '../config/differences.js';
import { ConfigError } from '../config/errors.js';
import { loadConfigInSlices } from '../config/load.js';
import { errorCode } from '../error-code.js';
import type { Condition } from '../finding.js';
import type { Announcer } from '../outbox/announcer.js';
import { certificateCondition, configCondition, feedCondition } from '../policy/conditions.js';
import { judge } from '../policy/judge.js';
import type { Log } from '../telemetry/log.js';
import { createRecorder, type Recorder, type RecorderOptions } from '../watch/recorder.js';
import { certificateProblems } from '../watchdog/certificate.js';

export interface ConfigFileOptions {
  /** The configuration in force. */
  readonly config: () => ConfigWithSecrets;
  /** What is wrong with the feeds that it names. */
  readonly feedProblems: () => readonly string[];
  /** Puts another one in its place, having called `announce` when that cannot fail any more. */
  readonly follow: (next: ConfigWithSecrets, announce: () => void) => Promise<void>;
  readonly announce: Announcer['announce'];
  readonly recorder: Omit<RecorderOptions, 'site' | 'timeZone' | 'definitions' | 'personal'>;
  readonly log: Log;
}

/** What a site without baselines is judged by: the configuration belongs to none. */
const NO_APPROVALS: SiteApprovals = {
  active: null,
  previous: null,
  adopted: false,
  answered: [],
  problems: [],
  suppressions: NO_SUPPRESSIONS,
};

/** The configuration file, while the daemon runs. */
export class ConfigFile {
  readonly #options: ConfigFileOptions;
  readonly #recorder: Recorder;
  /** What the files were last read as when they came to what is in force, however they spell it. */
  #same: { readonly active: ConfigWithSecrets; readonly read: ConfigWithSecrets } | null = null;

  constructor(options: ConfigFileOptions) {
    this.#options = options;
    this.#recorder = createRecorder({
      ...options.recorder,
      site: ALL_SITES,
      timeZone: 'UTC',
      definitions: [],
      personal: new Map(),
    });
  }

  /** Reads it: what differs takes effect and is told, and what cannot be used is an incident. Rejects with defects only. */
  async look(): Promise<void> {
    let problem: string | null = null;
    try {
      await this.#follow();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the configuration on disk cannot be used');
      problem = inOurWords(error);
    }
    this.#decide(problem === null ? [] : [configCondition(ALL_SITES, problem)]);
  }

  /** Remembers and tells that this configuration takes effect. */
  announce({ digest }: ConfigWithSecrets, differences: readonly string[]): void {
    this.#options.announce(
      { type: 'config-changed', body: { digest, differences: [...differences] } },
      (meta) => meta.set('config', digest),
      (context) => composeConfigChanged(context, differences),
    );
  }

  async #follow(): Promise<void> {
    const { config, follow, log } = this.#options;
    const active = config();
    const lately = this.#same?.active === active ? this.#same.read : active;
    // Taking the file of many sites apart takes as long as all of their reads.
    if (await lately.isOnDisk()) return;
    const next = await loadConfigInSlices(active.file, active.sourceKinds);
    const differences = configDifferences(active, next);
    if (differences.length === 0) {
      this.#same = { active, read: next };
      return;
    }
    await follow(next, () => {
      log.warn({ differences }, 'the configuration changed');
      this.announce(next, differences);
    });
  }

  #certificate(nowMs: number): readonly Condition[] {
    const { api } = this.#options.config();
    if (api === null || api.tls === null) return [];
    return certificateProblems(api.tls.certificate, api.host, nowMs).map((one) =>
      certificateCondition(ALL_SITES, one),
    );
  }

  #feeds(): readonly Condition[] {
    return this.#options.feedProblems().map((problem) => feedCondition(ALL_SITES, problem));
  }

  /** `own`: about the file. The certificate is the one that is served, whatever the file says now. */
  #decide(own: readonly Condition[]): void {
    const nowMs = this.#options.recorder.clock();
    const verdict = judge({
      conditions: [...own, ...this.#certificate(nowMs), ...this.#feeds()],
      open: this.#recorder.openFindings(),
      examined: () => true,
      outcomes: new Map(),
      signed: new Map(),
      nowMs,
    });
    const nothing = { approvals: NO_APPROVALS, touches: [], readings: new Map() };
    this.#recorder.record({ ...nothing, verdict, observedAtMs: nowMs });
  }
}

/** Codes and our own messages; what a library says may hold anything. */
function inOurWords(error: unknown): string {
  if (error instanceof ConfigError) {
    const { length } = error.problems;
    return `${length} ${length === 1 ? 'problem' : 'problems'}; "tillwarden check" names each with its line`;
  }
  return errorCode(error) ?? 'an internal error, see the log';
}
