/** Our own words as one line of at most `limit` characters: no control characters, cut visibly. */
export function ourWords(text: string, limit: number): string {
  const line = text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = Array.from(line.slice(0, 2 * limit + 2));
  return characters.length <= limit ? line : `${characters.slice(0, limit - 1).join('')}…`;
}

/** "1,204", "1 more field", "3 more fields". */
export function plural(count: number, noun?: string): string {
  const number = count.toLocaleString('en-US');
  return noun === undefined ? number : `${number} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * An instant as people at the site and anywhere else read it: "Tue 2026-11-24 03:13:07 Europe/Prague (2026-11-24 02:13:07
 * UTC)". An unknown time zone is named and UTC stands alone: an alert must not fail for it.
 */
export function moment(atMs: number, timeZone: string): string {
  const date = new Date(atMs);
  if (Number.isNaN(date.getTime())) return 'time unknown';
  const utc = `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (timeZone === 'UTC') return utc;
  try {
    return `${local(date, timeZone)} ${timeZone} (${utc})`;
  } catch {
    return `${utc} (the site's time zone, ${ourWords(timeZone, 60)}, is not known here)`;
  }
}

/** By time zone; a formatter takes a hundred times as long to make as to use. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Throws `RangeError` for a time zone that is not known. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formatters.set(timeZone, made);
  return made;
}

function local(date: Date, timeZone: string): string {
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(date)
      .map((part) => [part.type, part.value]),
  );
  const [weekday, year, month, day, hour, minute, second] = (
    ['weekday', 'year', 'month', 'day', 'hour', 'minute', 'second'] as const
  ).map((part) => parts.get(part) ?? '');
  return `${weekday} ${year}-${month}-${day} ${hour}:${minute}:${second}`;
}
