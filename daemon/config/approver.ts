import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../error-code.js';
import { readGuardedText } from '../guarded-file.js';
import { isBareOrigin } from './bare-origin.js';
import { ConfigError } from './errors.js';
import { approverIndicatorsSchema, type IndicatorsConfig, indicatorsOf } from './indicators.js';
import { ConfigReading, isObject } from './reading.js';
import { NOT_READ, NotRead } from './secret.js';
import { readWritten, readYamlFile } from './yaml-file.js';

/** What an approver's own machine needs to approve at a daemon elsewhere. */
export interface ApproverConfig {
  /** Without a slash at its end. */
  readonly server: string;
  readonly token: string;
  /** Hex SHA-256 of trust root 1: what this machine believes, whatever the server says. */
  readonly pin: string;
  /** PEM text of the only authority to trust; null: those of Node.js. */
  readonly ca: string | null;
  /** Feeds of this machine, and whether the one that comes along counts. */
  readonly indicators: Omit<IndicatorsConfig, 'mostNewMatches'>;
}

const NEEDED =
  'the file that names the daemon and your token, for which the daemon needs `api`: docs/approving.md, "Once, before the first time"';

export const approverSchema = z.strictObject({
  server: z
    .string()
    .max(1000)
    .refine(isBareOrigin, 'https://host:port, or http:// to this machine; no path, name or password'),
  token: z.string().regex(/^[!-~]{16,512}$/, 'a token as `tillwarden token` prints it'),
  trustRoot: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and the 64 hex digits of trust root 1'),
  caFile: z.string().min(1).max(4096).optional(),
  indicators: approverIndicatorsSchema,
});

/** What an approver's file cannot be without, in any of YAML's forms. The daemon's own file may be large, and is not taken apart to find out that it is none. */
const MAY_NAME_A_SERVER = /^\uFEFF?(?:---)?[ \t]*(?:["']?server["']?[ \t]*:|[?{!&])/m;

/** Whether a file is an approver's: it says where the server is. Also false for what cannot be read; the reader of the other kind tells why. */
export function isApproverFile(file: string): boolean {
  try {
    if (!MAY_NAME_A_SERVER.test(readWritten(file).text)) return false;
    const { value } = readYamlFile(file);
    return isObject(value) && 'server' in value;
  } catch {
    return false;
  }
}

/** Whether a file has the names of the daemon's configuration and none of an approver's. */
function isDaemonConfig(value: unknown): boolean {
  return isObject(value) && !('server' in value) && ('sites' in value || 'notifiers' in value);
}
const MAX_AUTHORITY_BYTES = 1024 * 1024;

/** Reads an approver's file. `server` stands for the one in it. Throws `ConfigError` with every problem at once. */
export function loadApproverConfig(file: string, server?: string): ApproverConfig {
  const yaml = readYamlFile(resolve(file), NEEDED);
  if (isDaemonConfig(yaml.value)) {
    const found = "the daemon's configuration";
    throw new ConfigError('CONFIG_INVALID', yaml.file, [
      { line: null, column: null, path: '', found, needed: `your approver.yaml: ${NEEDED}` },
    ]);
  }
  const reading = new ConfigReading(yaml);
  const value = server !== undefined && isObject(yaml.value) ? { ...yaml.value, server } : yaml.value;
  const part = { schema: approverSchema, secrets: ['token'], path: [], wanted: true };
  const config = reading.checkPart(part, value)?.whole ?? NOT_READ;
  let ca: string | null = null;
  if (!(config instanceof NotRead) && config.caFile !== undefined) {
    try {
      ca = readGuardedText(reading.path(config.caFile), MAX_AUTHORITY_BYTES);
    } catch (error) {
      const why = errorCode(error) ?? 'error';
      reading.problem(['caFile'], `a file that cannot be read (${why})`, 'a PEM certificate of an authority');
    }
  }
  const indicators = config instanceof NotRead ? null : indicatorsOf(reading, config.indicators);
  if (config instanceof NotRead || indicators === null || reading.problems.length > 0) {
    throw new ConfigError('CONFIG_INVALID', yaml.file, reading.problems);
  }
  const { origin } = new URL(config.server);
  return {
    server: origin,
    token: config.token,
    pin: config.trustRoot.slice('sha256:'.length),
    ca,
    indicators,
  };
}

/** Where a person's file lies: `$XDG_CONFIG_HOME/tillwarden/approver.yaml`. */
export function approverFile(env: Readonly<Record<string, string | undefined>>): string {
  const folder = env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? homedir(), '.config');
  return join(folder, 'tillwarden', 'approver.yaml');
}
