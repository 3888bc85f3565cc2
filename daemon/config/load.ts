import { resolve } from 'node:path';
import type { z } from 'zod';
import { atOnce, type Steps } from '../../baselines/index.js';
import { DEFAULT_ESCALATION, type EscalationStep } from '../policy/escalation.js';
import { sourceKinds } from '../sources/index.js';
import type { SourceKinds } from '../sources/source-kind.js';
import { inSlices } from '../time/slices.js';
import type { HeartbeatConfig } from '../watchdog/ping.js';
import { readApi } from './api.js';
import type {
  Config,
  ConfigWithSecrets,
  ConfigWithSources,
  NotifierConfig,
  SiteConfigWithSecrets,
  SourceConfig,
} from './config.js';
import { configDigest } from './digest.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import { indicatorsOf } from './indicators.js';
import { type ReadSources, readNotifier, readSources } from './parts.js';
import { ConfigReading, isObject } from './reading.js';
import { checkContainment, checkLadder, checkRoutes } from './routes.js';
import { checkRules } from './rules.js';
import { configSchema, HEARTBEAT_SECRETS, heartbeatSchema, SECRETS, topSecretsSchema } from './schema.js';
import { known, NOT_READ, NotRead } from './secret.js';
import { withSiteFiles } from './site-files.js';
import { readYamlFile } from './yaml-file.js';

/** Which secrets are read: the daemon needs all of them, an approver's machine those of the sources, `verify` none. */
export type WantedSecrets = 'all' | 'sources' | 'none';

/**
 * Reads and checks a configuration file, with those of its sites that stand in files of their own. Paths in all of them are relative to it. A secret that is not wanted is not read. Sources may be of the given
 * kinds. Throws `ConfigError` with every problem at once.
 */
export function loadConfig(file: string, wanted?: 'all', kinds?: SourceKinds): ConfigWithSecrets;
export function loadConfig(file: string, wanted: 'sources', kinds?: SourceKinds): ConfigWithSources;
export function loadConfig(file: string, wanted: WantedSecrets, kinds?: SourceKinds): Config;
export function loadConfig(
  file: string,
  wanted: WantedSecrets = 'all',
  kinds: SourceKinds = sourceKinds,
): Config {
  return atOnce(configInSteps(file, wanted, kinds));
}

/** The same with all secrets, a slice at a time: a daemon that follows a change of hundreds of sites watches meanwhile. Rejects with `ConfigError`. */
export async function loadConfigInSlices(file: string, kinds: SourceKinds): Promise<ConfigWithSecrets> {
  return (await inSlices(configInSteps(file, 'all', kinds))) as ConfigWithSecrets;
}

function* configInSteps(file: string, wanted: WantedSecrets, kinds: SourceKinds): Steps<Config> {
  const { yaml, siteFiles, problems, noteIn } = yield* withSiteFiles(readYamlFile(resolve(file)));
  const reading = new ConfigReading(yaml);
  noteIn(reading.files);
  reading.problems.push(...problems);
  const frame = readFrame(reading, yaml.value);
  yield;
  const parts = yield* readParts(reading, yaml.value, { wanted, kinds });
  checkTogether(reading, frame, parts, kinds);
  const indicators = frame === null ? null : indicatorsOf(reading, frame.indicators);
  const api = readApi(reading, yaml.value, frame, wanted === 'all');
  if (frame === null || indicators === null || reading.problems.length > 0) {
    throw new ConfigError('CONFIG_INVALID', yaml.file, inOrder(reading.problems));
  }
  yield;
  const config = {
    ...{ file: yaml.file, siteFiles, ...configOf(reading, frame, parts) },
    ...{ indicators, api, sourceKinds: kinds },
  };
  switch (wanted) {
    case 'none':
      return config;
    case 'sources':
      return withSources(config);
    case 'all':
      return withSecrets(config, reading);
  }
}

type Frame = z.output<typeof configSchema>;

/** What is checked apart from the frame, also when that is wrong, so that all problems come at once. */
interface Parts {
  readonly fingerprintKey: Uint8Array | NotRead | null;
  /** Of each site. */
  readonly sources: readonly (readonly SourceConfig[])[];
  /** Whether every source is one. */
  readonly complete: boolean;
  readonly notifiers: readonly NotifierConfig[];
  readonly heartbeat: HeartbeatConfig | NotRead | null;
}

function readFrame(reading: ConfigReading, raw: unknown): Frame | null {
  if (!isObject(raw)) return reading.check(configSchema, raw, [], SECRETS);
  const files = new Set(SECRETS.map((name) => `${name}_file`));
  const frame = Object.fromEntries(Object.entries(raw).filter(([name]) => !files.has(name)));
  return reading.check(configSchema, frame, [], SECRETS);
}

function* readParts(
  reading: ConfigReading,
  raw: unknown,
  { wanted, kinds }: { readonly wanted: WantedSecrets; readonly kinds: SourceKinds },
): Steps<Parts> {
  const fingerprintKey = readFingerprintKey(reading, raw, wanted !== 'none');
  const sites: ReadSources[] = [];
  for (const [index, site] of listed(raw, 'sites').entries()) {
    sites.push(readSources(reading, site, { kinds, path: ['sites', index], wanted: wanted !== 'none' }));
    yield;
  }
  const notifiers = listed(raw, 'notifiers').map((one, index) =>
    readNotifier(reading, one, ['notifiers', index], wanted === 'all'),
  );
  const heartbeat = readHeartbeat(reading, raw, wanted === 'all');
  reading.unique(placedNames(listed(raw, 'sites'), 'sites'), 'the sites');
  reading.unique(placedNames(listed(raw, 'notifiers'), 'notifiers'), 'the notifiers');
  const sources = sites.map((site) => site.sources);
  requireFingerprintKey(reading, raw, sources.flat());
  return { fingerprintKey, sources, complete: sites.every((site) => site.complete), notifiers, heartbeat };
}

function readFingerprintKey(
  reading: ConfigReading,
  raw: unknown,
  wanted: boolean,
): Uint8Array | NotRead | null {
  const own = isObject(raw)
    ? Object.entries(raw).filter(([name]) => /^fingerprintKey(?:_file)?$/.test(name))
    : [];
  const part = { schema: topSecretsSchema, secrets: SECRETS, path: [], wanted };
  const read = reading.checkPart(part, Object.fromEntries(own));
  if (read === null || read.whole instanceof NotRead) return NOT_READ;
  const { fingerprintKey: key } = read.whole;
  return key === undefined ? null : Buffer.from(key, 'hex');
}

function requireFingerprintKey(reading: ConfigReading, raw: unknown, sources: readonly SourceConfig[]): void {
  const isNeeded = sources.some(({ collections }) => collections.some(({ secret }) => secret.length > 0));
  if (!isNeeded || !isObject(raw) || 'fingerprintKey' in raw || 'fingerprintKey_file' in raw) return;
  const needed = 'fingerprintKey_file: secret columns are told by keyed fingerprints';
  reading.problem(['fingerprintKey'], 'nothing', needed);
}

function readHeartbeat(
  reading: ConfigReading,
  raw: unknown,
  wanted: boolean,
): HeartbeatConfig | NotRead | null {
  const own = isObject(raw) ? raw['heartbeat'] : undefined;
  if (own === undefined) return null;
  const part = { schema: heartbeatSchema, secrets: HEARTBEAT_SECRETS, path: ['heartbeat'], wanted };
  return reading.checkPart(part, own)?.whole ?? NOT_READ;
}

/** What frame and parts say of each other. */
function checkTogether(
  reading: ConfigReading,
  frame: Frame | null,
  { sources, complete, notifiers }: Parts,
  kinds: SourceKinds,
): void {
  if (frame === null) return;
  const definitions = sources.map((own) => own.flatMap((source) => source.definitions));
  if (complete) checkRules(reading, frame.rules, definitions.flat(), kinds);
  if (reading.problems.length > 0) return;
  const sites = frame.sites.map(({ name }, index) => ({
    name,
    kinds: (definitions[index] ?? []).map(({ kind }) => kind),
  }));
  checkRoutes(reading, sites, notifiers);
  checkLadder(reading, frame.escalation ?? [], notifiers);
  checkContainment(reading, sites, frame.containment?.actions ?? []);
}

function configOf(
  reading: ConfigReading,
  frame: Frame,
  parts: Parts,
): Omit<Config, 'file' | 'siteFiles' | 'api' | 'indicators' | 'sourceKinds'> {
  const { fingerprintKey, sources, notifiers, heartbeat } = parts;
  const { stateDirectory, baselines, trust, rules, timing, incidents, messages, retention, http, log } =
    frame;
  const { runbooksDirectory, containment = null } = frame;
  return {
    stateDirectory: reading.path(stateDirectory),
    sites: frame.sites.map(({ name, timeZone, product, runbook }, index) => ({
      name,
      timeZone,
      guidance: { product: product ?? null, runbook },
      sources: sources[index] ?? [],
    })),
    baselines: { directory: reading.path(baselines.directory) },
    trust: { directory: reading.path(trust.directory), root: trust.root.slice('sha256:'.length) },
    fingerprintKey,
    notifiers,
    rules,
    timing,
    heartbeat,
    dailyDigest: frame.digest,
    incidents,
    messages,
    retention,
    runbooksDirectory: runbooksDirectory === undefined ? null : reading.path(runbooksDirectory),
    containment,
    escalation: ladderOf(frame.escalation),
    quietHours: frame.quietHours ?? null,
    http,
    log,
  };
}

function withSources(config: Config): ConfigWithSources {
  const sites: readonly SiteConfigWithSecrets[] = config.sites.map((site) => ({
    ...site,
    sources: site.sources.map((source) => ({ ...source, config: known(source.config) })),
  }));
  return { ...config, sites, fingerprintKey: known(config.fingerprintKey) };
}

function withSecrets(config: Config, { secrets, files }: ConfigReading): ConfigWithSecrets {
  const complete = {
    ...withSources(config),
    notifiers: config.notifiers.map((one) => ({ ...one, config: known(one.config) })),
    heartbeat: known(config.heartbeat),
    api: known(config.api),
  };
  return {
    ...complete,
    digest: configDigest(complete),
    secrets: [...new Set(secrets)],
    isOnDisk: () => inSlices(files.same()),
  };
}

/** A ladder as policy knows it: without `repeatMs` a step is taken once. */
function ladderOf(steps: Frame['escalation']): readonly EscalationStep[] {
  if (steps === undefined) return DEFAULT_ESCALATION;
  return steps.map(({ repeatMs = null, times, ...step }) => ({
    ...step,
    repeatMs,
    times: repeatMs === null ? 0 : times,
  }));
}

function listed(raw: unknown, name: string): readonly unknown[] {
  const list = isObject(raw) ? raw[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function placedNames(items: readonly unknown[], list: string) {
  return items.map((item, index) => ({
    name: isObject(item) && typeof item['name'] === 'string' ? item['name'] : '',
    path: [list, index],
  }));
}

function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const byFile = (a: ConfigProblem, b: ConfigProblem) =>
    a.file === b.file ? 0 : (a.file ?? '') < (b.file ?? '') ? -1 : 1;
  return [...problems].sort(
    (a, b) => byFile(a, b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
