import { parseRecordLine } from '../../baselines/index.js';
import type { ChangeType } from '../drift/change.js';
import type { ChangedLines } from '../drift/fields.js';
import type { SlightReach } from '../sources/sensor.js';

const COMES_OR_GOES: ReadonlySet<ChangeType> = new Set(['added', 'removed']);

/**
 * True when every side of a sensor's change says that its object reaches nothing that is watched. What says nothing, or cannot be understood, may
 * reach everything.
 */
export function isSlight(type: ChangeType, { before, after }: ChangedLines): boolean {
  if (type === 'ambiguous') return false;
  const sides = before === null ? after : [before, ...after];
  return sides.length > 0 && sides.every((line) => saysSlight(line, type));
}

function saysSlight(line: string, type: ChangeType): boolean {
  const reach = reachOf(line);
  const nothingWatched: SlightReach = 'nothing watched';
  const nothingByItself: SlightReach = 'nothing by itself';
  return reach === nothingWatched || (reach === nothingByItself && COMES_OR_GOES.has(type));
}

function reachOf(line: string): unknown {
  const definition = parseRecordLine(line).fields.get('definition');
  if (typeof definition !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(definition);
    return typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'reach') : undefined;
  } catch {
    return undefined;
  }
}
