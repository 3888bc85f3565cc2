import { describe, expect, test } from '@jest/globals';
import { quietAt } from '../../../daemon/policy/quiet-at.js';
import { mayWait, type QuietHours, waitingRanks } from '../../../daemon/policy/quiet-hours.js';
import { SEVERITIES } from '../../../notifiers/index.js';

const night: QuietHours = {
  from: '22:00',
  to: '07:00',
  timeZone: 'Europe/Prague',
  severities: ['medium', 'low', 'info'],
};
/** The end of the quiet hours that an instant lies in, in UTC; null when it lies in none. */
const end = (at: string, over: Partial<QuietHours> = {}) => {
  const quiet = quietAt({ ...night, ...over }, Date.parse(at));
  return quiet === null ? null : new Date(quiet.untilMs).toISOString();
};

describe('quiet hours', () => {
  test.each([
    ['in the evening', '2026-11-24T21:00:00Z', '2026-11-25T06:00:00.000Z'],
    ['after midnight', '2026-11-25T02:13:07Z', '2026-11-25T06:00:00.000Z'],
    ['in the last second', '2026-11-25T05:59:59.999Z', '2026-11-25T06:00:00.000Z'],
    ['not at their end', '2026-11-25T06:00:00Z', null],
    ['not by day', '2026-11-25T12:00:00Z', null],
    ['not in the minute before', '2026-11-24T20:59:59.999Z', null],
    // Clocks went from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
    ['in the night that is an hour shorter', '2026-03-28T22:30:00Z', '2026-03-29T05:00:00.000Z'],
    ['in the night that is an hour longer', '2026-10-24T21:30:00Z', '2026-10-25T06:00:00.000Z'],
    ['between the two hours that look the same', '2026-10-25T00:30:00Z', '2026-10-25T06:00:00.000Z'],
  ])('are observed %s', (_when, at, until) => {
    expect(end(at)).toBe(until);
  });

  test('end with the gap when their end does not exist that night', () => {
    expect(end('2026-03-29T00:15:00Z', { to: '02:30' })).toBe('2026-03-29T01:00:00.000Z');
  });

  test('end once where the clocks skip the only minutes that are not quiet, and on time the next day', () => {
    const almostAlways = { from: '02:40', to: '02:20' };
    expect(end('2026-03-28T12:00:00Z', almostAlways)).toBe('2026-03-29T01:00:00.000Z');
    expect(end('2026-03-29T12:00:00Z', almostAlways)).toBe('2026-03-30T00:20:00.000Z');
  });

  test('end on the day itself when they leave less of it than the clocks are set forward', () => {
    expect(end('2026-03-28T13:50:26Z', { from: '05:15', to: '05:00' })).toBe('2026-03-29T03:00:00.000Z');
  });

  test('that lie in the hour that comes twice end each time it does', () => {
    const twice = { from: '02:10', to: '02:30' };
    expect(end('2026-10-25T00:15:00Z', twice)).toBe('2026-10-25T00:30:00.000Z');
    expect(end('2026-10-25T00:45:00Z', twice)).toBeNull();
    expect(end('2026-10-25T01:15:00Z', twice)).toBe('2026-10-25T01:30:00.000Z');
  });

  test('may lie within a day, and in zones that are no whole hours away', () => {
    const noon = { from: '12:00', to: '13:30', timeZone: 'Asia/Kathmandu' };
    expect(end('2026-11-25T06:15:00Z', noon)).toBe('2026-11-25T07:45:00.000Z');
    expect(end('2026-11-25T07:45:00Z', noon)).toBeNull();
    expect(end('2026-11-25T06:14:00Z', noon)).toBeNull();
  });

  test('are none without a setting', () => {
    expect(quietAt(null, 0)).toBeNull();
  });

  test('end when a walk by the minute says so, on every day on which clocks are set', () => {
    const wall = (ms: number) =>
      new Intl.DateTimeFormat('en-GB', {
        timeZone: night.timeZone,
        hour: '2-digit',
        minute: '2-digit',
      }).format(ms);
    for (const day of ['2026-03-28', '2026-10-24', '2027-03-27']) {
      for (
        let at = Date.parse(`${day}T22:00:00Z`);
        at < Date.parse(`${day}T22:00:00Z`) + 7 * 3_600_000;
        at += 1_020_000
      ) {
        let walked = at;
        while (wall(walked) >= night.from || wall(walked) < night.to) walked += 60_000;
        expect(quietAt(night, at)?.untilMs).toBe(walked);
      }
    }
  });
});

describe('a message', () => {
  test('may wait unless it is severe', () => {
    expect(SEVERITIES.filter((severity) => mayWait(severity, ['terminal', null]))).toEqual([
      'medium',
      'low',
      'info',
    ]);
  });

  test.each(['admin', 'wallet-route', 'sensor'])('about %s never waits, whatever a rule says', (kind) => {
    expect(mayWait('info', ['terminal', kind])).toBe(false);
  });

  test('waits by the bit of its severity', () => {
    expect(waitingRanks(null)).toBe(0);
    expect(waitingRanks({ severities: ['medium', 'info'], untilMs: 0 })).toBe(0b10100);
  });
});

test('quiet hours that leave one hour of the day end at that hour', () => {
  const hours = { ...night, from: '00:00', to: '23:00', timeZone: 'UTC' };
  for (const hour of ['00', '02', '09', '17', '22']) {
    const quiet = quietAt(hours, Date.parse(`2026-11-25T${hour}:00:00Z`));
    expect(quiet?.untilMs).toBe(Date.parse('2026-11-25T23:00:00Z'));
  }
});
