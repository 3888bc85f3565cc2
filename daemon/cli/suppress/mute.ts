import {
  encodeValue,
  KINDS,
  type Kind,
  MUTE_FORMAT,
  type MuteScope,
  muteBytes,
  type VerifiedBaseline,
} from '../../../baselines/index.js';
import { linesWithKey } from '../../drift/find.js';
import { ALL_OF_SCHEMA } from '../../policy/sensor-reach.js';
import type { Sensor } from '../../sources/sensor.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { shownName } from '../text/change-text.js';
import { type SuppressionOptions, suppressionCommand } from './command.js';
import { createNeverMatches } from './never-matches.js';

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
  return suppressionCommand(context, site, 'mute', options, ({ head }, name, sensors) => {
    const nowMs = context.clock();
    return muteBytes({
      format: MUTE_FORMAT,
      site: name,
      created: new Date(nowMs).toISOString(),
      until: new Date(nowMs + lengthMs).toISOString(),
      reason,
      scope:
        kind === undefined
          ? recordOrAll(context, head, { collection: collection ?? '', record, sensors })
          : kindOf(context, head, kind),
    });
  });
}

function kindOf({ terminal }: CommandContext, head: VerifiedBaseline | null, name: string): MuteScope {
  const kind = KINDS.find((one): one is Kind => one === name);
  if (kind === undefined)
    throw new CliError('CLI_USAGE', `there is no such kind; there is ${KINDS.join(', ')}`);
  const kinds = [...(head?.collections.values() ?? [])].map(({ definition }) => definition.kind);
  if (!kinds.includes(kind))
    terminal.note(`notice: the baseline in force has no collection of kind ${kind}: this covers nothing yet`);
  return { kind };
}

/** Throws for a record that can never be; says so of one that is not signed. */
function recordOrAll(
  { terminal }: CommandContext,
  head: VerifiedBaseline | null,
  said: {
    readonly collection: string;
    readonly record: readonly string[];
    readonly sensors: readonly Sensor[];
  },
): MuteScope {
  const scope = scopeOf(head, said.collection, said.record);
  const snapshot = head?.collections.get(scope.collection);
  const { key } = scope;
  if (snapshot === undefined || key === null) return scope;
  const never = createNeverMatches(snapshot, said.sensors)({ key, fields: null, appears: false });
  if (never !== null) throw new CliError('CLI_USAGE', `this would cover nothing, ever: ${never}`);
  const isAll = snapshot.definition.kind === 'sensor' && key.at(-1)?.endsWith(ALL_OF_SCHEMA) === true;
  if (!isAll && linesWithKey(snapshot, JSON.stringify(key)).length === 0)
    terminal.note('notice: no signed record has this key: it covers one that is yet to come');
  return scope;
}

function scopeOf(
  head: VerifiedBaseline | null,
  collection: string,
  record: readonly string[],
): Extract<MuteScope, { collection: string }> {
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
