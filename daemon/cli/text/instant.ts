import { CliError } from '../errors.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * A time as people give it on the command line, in UTC milliseconds: `90m`, `12h` or `3d` before `nowMs`, or `2026-11-25`,
 * `2026-11-25T03:10`, with seconds and an offset if they like; UTC without one. Throws `CLI_USAGE`.
 */
export function parseInstant(option: string, text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * (UNIT_MS[unit] ?? 0);
  const [, day, time = '00:00', offset = 'Z'] = MOMENT.exec(text) ?? [];
  const atMs = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${offset}`);
  if (!Number.isNaN(atMs)) return atMs;
  throw new CliError(
    'CLI_USAGE',
    `${option} is no time; needed is a time ago such as 90m, 12h or 3d, or an instant such as 2026-11-25 or 2026-11-25T03:10Z`,
  );
}

/** `2026-11-25 03:10:07.120 UTC`. */
export function utc(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime())
    ? 'time unknown'
    : date.toISOString().replace('T', ' ').replace('Z', ' UTC');
}
