import {
  encodeValue,
  KINDS,
  type Kind,
  MUTE_FORMAT,
  type MuteScope,
  muteBytes,
  type VerifiedBaseline,
} from '../../../baselines/index.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { shownName } from '../text/change-text.js';
import { type SuppressionOptions, suppressionCommand } from './command.js';

/** What the command line of `tillwarden mute` says. */
export interface MuteOptions extends SuppressionOptions {
  readonly kind?: string;
  readonly collection?: string;
  /** `column=value` for each key column of the only record meant. */
  readonly record: readonly string[];
  /** Length in milliseconds. */
  readonly for?: number;
  readonly reason?: string;
}

/** `tillwarden mute`: signs that changes of a kind, a collection or one record wake nobody until a time. */
export async function muteChanges(
  context: CommandContext,
  site: string | undefined,
  options: MuteOptions,
): Promise<number> {
  const { kind, collection, record, reason, for: lengthMs } = options;
  if (kind === undefined && collection === undefined) {
    if (record.length > 0) throw new CliError('CLI_USAGE', '--record needs --collection');
    return suppressionCommand(context, site, 'mute', options, null);
  }
  if (kind !== undefined && (collection !== undefined || record.length > 0)) {
    throw new CliError('CLI_USAGE', 'give --kind, or --collection with or without --record, and not both');
  }
  if (lengthMs === undefined || reason === undefined) {
    throw new CliError('CLI_USAGE', 'a mute needs its end (--for 4h) and its --reason');
  }
  return suppressionCommand(context, site, 'mute', options, ({ head }, name) => {
    const nowMs = context.clock();
    return muteBytes({
      format: MUTE_FORMAT,
      site: name,
      created: new Date(nowMs).toISOString(),
      until: new Date(nowMs + lengthMs).toISOString(),
      reason,
      scope: kind === undefined ? scopeOf(head, collection ?? '', record) : { kind: kindNamed(kind) },
    });
  });
}

function kindNamed(name: string): Kind {
  const kind = KINDS.find((one) => one === name);
  if (kind !== undefined) return kind;
  throw new CliError('CLI_USAGE', `there is no such kind; there is ${KINDS.join(', ')}`);
}

function scopeOf(head: VerifiedBaseline | null, collection: string, record: readonly string[]): MuteScope {
  if (record.length === 0) return { collection, key: null };
  const columns = head?.collections.get(collection)?.definition.key ?? [];
  const given = new Map(
    record.map((text) => {
      const at = text.indexOf('=');
      return [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
    }),
  );
  const key = columns.flatMap((column) => given.get(column) ?? []);
  if (key.length !== columns.length || given.size !== columns.length || record.length !== given.size) {
    throw new CliError(
      'CLI_USAGE',
      `--record names each key column once: ${columns.map((column) => `--record ${shownName(column)}=…`).join(' ') || 'the baseline has no such collection'}`,
    );
  }
  return { collection, key: key.map((text) => encodeValue({ form: 'text', text })) };
}
