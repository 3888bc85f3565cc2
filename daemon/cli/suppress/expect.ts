import {
  ANNOUNCEMENT_FORMAT,
  EXPECTATION_FORMAT,
  type Expectation,
  expectationBytes,
  type VerifiedBaseline,
} from '../../../baselines/index.js';
import type { Sensor } from '../../sources/sensor.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { announcedObjects } from './announced-objects.js';
import { type SuppressionOptions, suppressionCommand } from './command.js';
import { readExpectationFile } from './expectation-file.js';
import { expectedChanges } from './expected-changes.js';

const HOUR_MS = 3_600_000;

/** What the command line of `tillwarden expect` says. */
export interface ExpectOptions extends SuppressionOptions {
  readonly file?: string;
  /** Sorts of objects of a watched database that may change in any way. */
  readonly object: readonly string[];
  /** In which these lie. */
  readonly schema?: string;
  /** Whose records a CSV file holds; the sensor of the objects. */
  readonly collection?: string;
  readonly hours: number;
  /** Instant at which the window begins; now when absent. */
  readonly from?: string;
  readonly adoptDays: number;
  readonly reason?: string;
}

/** `tillwarden expect`: signs in advance that exactly these changes, or changes of these sorts of objects, will happen, so that they wake nobody. */
export async function expectChanges(
  context: CommandContext,
  site: string | undefined,
  options: ExpectOptions,
): Promise<number> {
  const { reason } = options;
  const expected = readExpected(context, options);
  if (expected === null) return suppressionCommand(context, site, 'expectation', options, null);
  if (reason === undefined) {
    throw new CliError('CLI_USAGE', '--file and --object need --reason: why this is expected');
  }
  return suppressionCommand(context, site, 'expectation', options, ({ head }, name, sensors) => {
    if (head === null)
      throw new CliError('CLI_EXPECTATION', `${name} has no baseline yet; approve one first`);
    const nowMs = context.clock();
    const fromMs = options.from === undefined ? nowMs : instant(options.from);
    const untilMs = fromMs + options.hours * HOUR_MS;
    return expectationBytes({
      ...expected(head, sensors),
      site: name,
      created: iso(nowMs),
      notBefore: iso(fromMs),
      notAfter: iso(untilMs),
      adoptBy: iso(untilMs + options.adoptDays * 24 * HOUR_MS),
      reason,
    });
  });
}

type Expected = Pick<Expectation, 'format' | 'changes' | 'objects'>;

/** What the command line says will happen, as far as it can be said without a baseline; null when it says nothing. */
function readExpected(
  { terminal }: CommandContext,
  { file, object, schema, collection, hours }: ExpectOptions,
): ((head: VerifiedBaseline, sensors: readonly Sensor[]) => Expected) | null {
  if (object.length > 0) {
    if (file !== undefined) {
      throw new CliError('CLI_USAGE', 'give --file, or --object with --schema: each is signed by itself');
    }
    const objects = announcedObjects({ object, schema, collection, hours }, (words) => terminal.note(words));
    return (head) => ({
      ...{ format: ANNOUNCEMENT_FORMAT, changes: [] },
      objects: objects(head),
    });
  }
  if (schema !== undefined) throw new CliError('CLI_USAGE', '--schema needs --object: which sort of object');
  if (file === undefined) return null;
  const entries = readExpectationFile(file, collection);
  return (head, sensors) => ({
    ...{ format: EXPECTATION_FORMAT, objects: [] },
    changes: expectedChanges(entries, head, sensors),
  });
}

function instant(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new CliError(
    'CLI_USAGE',
    '--from needs an instant with its time zone, such as 2026-11-24T22:00+01:00',
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();
