import { signal } from '@preact/signals';

/** The time by this machine, moved on now and then so that ages stay true. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 10_000);

/** "just now", "5 min ago", "in 12 days". */
function distance(atMs: number, nowMs: number): string {
  const seconds = Math.round(Math.abs(atMs - nowMs) / 1000);
  if (seconds < 60) return 'just now';
  const span =
    seconds < 5_400
      ? `${Math.max(1, Math.round(seconds / 60))} min`
      : seconds < 172_800
        ? `${Math.round(seconds / 3600)} h`
        : `${Math.round(seconds / 86_400)} days`;
  return atMs > nowMs ? `in ${span}` : `${span} ago`;
}

const clock = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** An instant: how long ago, when by this machine's clock, and in UTC for whoever points at it. */
export function When({ atMs, only }: { readonly atMs: number; readonly only?: 'distance' }) {
  const date = new Date(atMs);
  // What is no time at all must not keep the rest of the page from being shown.
  if (Number.isNaN(date.getTime())) return <span class="bad">at a time that is none</span>;
  const utc = `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return (
    <time dateTime={date.toISOString()} title={utc}>
      {distance(atMs, now.value)}
      {only === 'distance' ? null : <span class="absolute"> · {clock.format(date)}</span>}
    </time>
  );
}
