import { resolve } from 'node:path';
import type { z } from 'zod';
import { DEFAULT_ESCALATION, type EscalationStep } from '../policy/escalation.js';
import { readApi, withApiSecrets } from './api.js';
import type { Config } from './config.js';
import { configDigest } from './digest.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import { readNotifier, readSources } from './parts.js';
import { ConfigReading, isObject, NOT_READ } from './reading.js';
import { checkLadder, checkRoutes } from './routes.js';
import { checkRules } from './rules.js';
import { configSchema, HEARTBEAT_SECRETS, heartbeatSchema, SECRETS } from './schema.js';
import { readYamlFile } from './yaml-file.js';

/** Which secrets are read: the daemon needs all of them, an approver's machine those of the sources, `verify` none. */
export type WantedSecrets = 'all' | 'sources' | 'none';

/**
 * Reads and checks a configuration file. Paths in it are relative to it. A secret that is not wanted is not read, and what stands in its
 * place is of no use. Throws `ConfigError` with every problem at once.
 */
export function loadConfig(file: string, wanted: WantedSecrets = 'all'): Config {
  const yaml = readYamlFile(resolve(file));
  const reading = new ConfigReading(yaml);
  const own = reading.withSecrets(yaml.value, [], SECRETS, wanted !== 'none');
  const raw = withApiSecrets(reading, own, wanted === 'all');
  const frame = reading.check(configSchema, raw, [], SECRETS);

  // The parts are checked even when the frame is wrong, so that all problems come at once.
  const listed = (name: string) =>
    isObject(raw) && Array.isArray(raw[name]) ? (raw[name] as unknown[]) : [];
  const sources = listed('sites').map((site, index) =>
    readSources(reading, site, ['sites', index], wanted !== 'none'),
  );
  const notifiers = listed('notifiers').map((one, index) =>
    readNotifier(reading, one, ['notifiers', index], wanted === 'all'),
  );
  const heartbeat = readHeartbeat(reading, isObject(raw) ? raw['heartbeat'] : undefined, wanted === 'all');
  reading.unique(placedNames(listed('sites'), 'sites'), 'the sites');
  reading.unique(placedNames(listed('notifiers'), 'notifiers'), 'the notifiers');
  const secretColumns = sources
    .flat()
    .some(({ collections }) => collections.some(({ secret }) => secret.length > 0));
  if (secretColumns && isObject(raw) && !('fingerprintKey' in raw)) {
    reading.problem(
      ['fingerprintKey'],
      'nothing',
      'fingerprintKey_file: secret columns are told by keyed fingerprints',
    );
  }
  const complete = sources.flat().every(({ config }) => config !== null);
  if (frame !== null && complete) {
    checkRules(
      reading,
      frame.rules,
      sources.flatMap((own) => own.flatMap(({ definitions }) => definitions)),
    );
  }
  if (frame !== null && reading.problems.length === 0) {
    const kinds = sources.map((own) => own.flatMap(({ definitions }) => definitions.map(({ kind }) => kind)));
    checkRoutes(
      reading,
      frame.sites.map(({ name }, index) => ({ name, kinds: kinds[index] ?? [] })),
      notifiers,
    );
    checkLadder(reading, frame.escalation ?? [], notifiers);
  }
  const api = frame === null ? null : readApi(reading, frame.api, wanted === 'all');
  if (frame === null || reading.problems.length > 0) {
    throw new ConfigError('CONFIG_INVALID', yaml.file, inOrder(reading.problems));
  }

  const { fingerprintKey: key } = frame;
  const config = {
    file: yaml.file,
    stateDirectory: reading.path(frame.stateDirectory),
    sites: frame.sites.map(({ name, timeZone }, index) => ({
      name,
      timeZone,
      sources: sources[index] ?? [],
    })),
    baselines: { directory: reading.path(frame.baselines.directory) },
    trust: { directory: reading.path(frame.trust.directory), root: frame.trust.root.slice('sha256:'.length) },
    fingerprintKey: key === undefined || key === NOT_READ ? null : Buffer.from(key, 'hex'),
    notifiers,
    rules: frame.rules,
    timing: frame.timing,
    heartbeat,
    dailyDigest: frame.digest,
    incidents: frame.incidents,
    messages: frame.messages,
    escalation: ladderOf(frame.escalation),
    quietHours: frame.quietHours ?? null,
    http: frame.http,
    api,
    log: frame.log,
  };
  return { ...config, digest: configDigest(config), secrets: [...new Set(reading.secrets)] };
}

function readHeartbeat(reading: ConfigReading, raw: unknown, secrets: boolean): Config['heartbeat'] {
  if (raw === undefined) return null;
  const own = reading.withSecrets(raw, ['heartbeat'], HEARTBEAT_SECRETS, secrets);
  return reading.check(heartbeatSchema, own, ['heartbeat'], HEARTBEAT_SECRETS);
}

/** A ladder as policy knows it: without `repeatMs` a step is taken once. */
function ladderOf(steps: z.infer<typeof configSchema>['escalation']): readonly EscalationStep[] {
  if (steps === undefined) return DEFAULT_ESCALATION;
  return steps.map(({ repeatMs = null, times, ...step }) => ({
    ...step,
    repeatMs,
    times: repeatMs === null ? 0 : times,
  }));
}

function placedNames(items: readonly unknown[], list: string) {
  return items.map((item, index) => ({
    name: isObject(item) && typeof item['name'] === 'string' ? item['name'] : '',
    path: [list, index],
  }));
}

function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
