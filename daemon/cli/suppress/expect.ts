import { EXPECTATION_FORMAT, expectationBytes } from '../../../baselines/index.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { type SuppressionOptions, suppressionCommand } from './command.js';
import { readExpectationFile } from './expectation-file.js';
import { expectedChanges } from './expected-changes.js';

const HOUR_MS = 3_600_000;

/** What the command line of `tillwarden expect` says. */
export interface ExpectOptions extends SuppressionOptions {
  readonly file?: string;
  /** Whose records a CSV file holds. */
  readonly collection?: string;
  readonly hours: number;
  /** Instant at which the window begins; now when absent. */
  readonly from?: string;
  readonly adoptDays: number;
  readonly reason?: string;
}

/** `tillwarden expect`: signs in advance that exactly these changes will happen, so that they wake nobody. */
export async function expectChanges(
  context: CommandContext,
  site: string | undefined,
  options: ExpectOptions,
): Promise<number> {
  const { file, reason, collection } = options;
  if (file === undefined) return suppressionCommand(context, site, 'expectation', options, null);
  if (reason === undefined) throw new CliError('CLI_USAGE', '--file needs --reason: why this is expected');
  const entries = readExpectationFile(file, collection);
  return suppressionCommand(context, site, 'expectation', options, ({ head }, name) => {
    if (head === null)
      throw new CliError('CLI_EXPECTATION', `${name} has no baseline yet; approve one first`);
    const nowMs = context.clock();
    const fromMs = options.from === undefined ? nowMs : instant(options.from);
    const untilMs = fromMs + options.hours * HOUR_MS;
    return expectationBytes({
      format: EXPECTATION_FORMAT,
      site: name,
      created: iso(nowMs),
      notBefore: iso(fromMs),
      notAfter: iso(untilMs),
      adoptBy: iso(untilMs + options.adoptDays * 24 * HOUR_MS),
      reason,
      changes: expectedChanges(entries, head),
    });
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
