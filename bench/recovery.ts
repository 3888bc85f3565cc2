import { randomBytes } from 'node:crypto';
import { openStore } from '../daemon/store/sqlite/open.js';
import { type Notifier, SEVERITIES, type Severity } from '../notifiers/index.js';
import { type HttpStandIn, startHttpStandIn } from '../test/support/http-stand-in.js';
import { diverted, openChannel, openOutbox, recordNews } from '../test/support/outbox-scene.js';
import { Time } from '../test/support/time.js';
import type { Benchmark } from './benchmark.js';
import { spread } from './statistics.js';

const OUTAGE_MS = 3_600_000;
const STEP_MS = 1_000;
/** One incident each; every second one has a second finding, and every fourth one a third, before anything can be told. */
const SITES = 120;
const PACE_MS = 1_000;
/** Longer than the longest backoff and the pace of all messages together. */
const RECOVERY_LIMIT_MS = 1_800_000;
const CHANNELS = ['phone', 'receiver', 'pager'] as const;

/** What a channel took after the outage. */
interface Told {
  readonly atMs: number;
  readonly site: string;
  readonly severity: Severity;
  /** How many changes it names. */
  readonly changes: number;
}

/** An hour in which no channel takes anything, on a simulated clock and over real HTTP. */
export const recovery: Benchmark = {
  name: 'recovery',
  title: `an outage of all channels for an hour, with ${SITES} incidents meanwhile`,
  run: async (scene) => {
    const time = new Time();
    const store = openStore(scene.directory);
    scene.onClose(async () => store.close());
    const told: Record<string, Told[]> = {};
    const servers: HttpStandIn[] = [];
    const channels: Notifier[] = [];
    for (const name of CHANNELS) {
      const mine: Told[] = [];
      told[name] = mine;
      const server = await startHttpStandIn(({ body }) => {
        const { site, severity, changes } = content(body);
        mine.push({ atMs: time.nowMs, site, severity, changes });
        return { status: 200, body: JSON.stringify({ id: randomBytes(6).toString('hex') }) };
      });
      scene.onClose(() => server.close());
      server.always({ type: 'cut' });
      servers.push(server);
      const secret = `whsec_${randomBytes(32).toString('base64')}`;
      const channel = await openChannel({ kind: 'webhook', name, url: `${server.url}/`, secret });
      scene.onClose(() => channel.close());
      channels.push(channel);
    }
    const outbox = openOutbox({ store, channels, clock: time.clock, timers: time, paceMs: PACE_MS });
    scene.onClose(() => outbox.stop(0));
    outbox.start();
    const pass = async () => {
      // Two messages of a round keep their distance by a timer of the same clock: who waits for that waits for time to pass.
      await Promise.race([outbox.drain(Number.MAX_SAFE_INTEGER), turns(20)]);
      time.pass(STEP_MS);
    };

    const findings = new Map<string, number>();
    const worst = new Map<string, Severity>();
    for (let ms = 0; ms < OUTAGE_MS; ms += STEP_MS) {
      const due = Math.floor((ms / OUTAGE_MS) * SITES * 1.75);
      for (let n = [...findings.values()].reduce((a, b) => a + b, 0); n < due; n++) {
        const { site, severity } = nth(n);
        findings.set(site, (findings.get(site) ?? 0) + 1);
        worst.set(site, moreSevere(worst.get(site) ?? 'info', severity));
        recordNews(store, channels, site, diverted(site, n, `bc1q${n}x`, severity), time.nowMs);
        outbox.wake();
      }
      await pass();
    }
    const attempts = servers.reduce((sum, { requests }) => sum + requests.length, 0);
    scene.say(`${findings.size} incidents during the outage, ${attempts} attempts`);

    const backMs = time.nowMs;
    for (const server of servers) server.always(null);
    while (store.outbox.messages({ undeliveredOnly: true, limit: 1 }).length > 0) {
      if (time.nowMs - backMs > RECOVERY_LIMIT_MS) throw new Error('not everything was told in time');
      await pass();
    }
    const all = CHANNELS.map((name) => told[name] ?? []);
    const expected = [...findings];
    const count = (wrong: (mine: readonly Told[]) => number) =>
      all.reduce((sum, mine) => sum + wrong(mine), 0);
    const rank = ({ severity }: Told) => SEVERITIES.indexOf(severity);
    const waited = all.map((mine) => ((mine[0]?.atMs ?? Number.NaN) - backMs) / 1000);
    const lasted = all.map((mine) => ((mine.at(-1)?.atMs ?? Number.NaN) - (mine[0]?.atMs ?? 0)) / 1000);
    const of = `${findings.size} incidents with ${expected.reduce((sum, [, n]) => sum + n, 0)} findings on ${CHANNELS.length} channels`;
    return [
      {
        what: 'open incidents that a channel was not told of, or not all of it',
        unit: '',
        measured: count(
          (mine) =>
            expected.filter(
              ([site, changes]) =>
                !mine.some(
                  (one) => one.site === site && one.changes === changes && one.severity === worst.get(site),
                ),
            ).length,
        ),
        target: { atMost: 0 },
        detail: of,
      },
      {
        what: 'messages beyond one for each open incident',
        unit: '',
        measured: count((mine) => mine.length - new Set(mine.map(({ site }) => site)).size),
        target: { atMost: 0 },
        detail: `${count((mine) => mine.length)} messages; ${attempts} attempts during the hour`,
      },
      {
        what: 'messages sent before a more severe one',
        unit: '',
        measured: count(
          (mine) =>
            mine.filter((one, index) => mine.slice(index).some((after) => rank(after) < rank(one))).length,
        ),
        target: { atMost: 0 },
        detail: 'of the same',
      },
      {
        what: 'from the end of the outage to the first message',
        unit: 's',
        measured: Math.max(...waited),
        target: null,
        detail: `simulated, slowest channel; each ${spread(waited, 0)} s: the backoff under way goes on`,
      },
      {
        what: 'from the first message to the last',
        unit: 's',
        measured: Math.max(...lasted),
        target: null,
        detail: `simulated, slowest channel, at one message a second`,
      },
    ];
  },
};

/** Mostly what is not critical comes first, so that order of arrival and order of severity differ. */
function nth(n: number): { readonly site: string; readonly severity: Severity } {
  const severities: readonly Severity[] = ['low', 'medium', 'high', 'medium', 'critical'];
  return { site: `site-${n % SITES}`, severity: severities[n % severities.length] ?? 'low' };
}

function moreSevere(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b) ? a : b;
}

/** What the webhook's body says of itself. */
function content(body: string): { site: string; severity: Severity; changes: number } {
  const { data } = JSON.parse(body) as {
    data: { site: string; severity: Severity; changes: readonly unknown[]; changesLeftOut: number };
  };
  return { ...data, changes: data.changes.length + data.changesLeftOut };
}

/** So many turns of the event loop, in which requests on this machine begin and end. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}
