import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { approveSite } from '../daemon/demo/site.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import type { Benchmark, Figure } from './benchmark.js';
import { rateWhile } from './heartbeats.js';
import { keepNotes, readNotes } from './notes.js';
import type { Scene } from './scene.js';
import { percentile } from './statistics.js';

const SAMPLES = 100;
const WARM_UP = 5;
const LIMIT_MS = 10_000;
/** So that samples do not march in step with the questions, in milliseconds. */
const LONGEST_PAUSE_MS = 150;
const WATCHED_MS = 20_000;
/** The default of `pollIntervalMs`. */
const INTERVAL_MS = 100;
const PROGRAM = fileURLToPath(new URL('./daemon-noting-requests.js', import.meta.url));

/** The demo site with nothing installed in its database. */
export const poll: Benchmark = {
  name: 'poll',
  title: 'hints: poll: how soon a change is told, and what asking costs server and heartbeats',
  run: async (scene) => {
    const stage = await scene.setStage({ hints: 'poll' });
    await approveSite(stage.site, stage.site.approvers, 'first');
    const notes = join(scene.directory, 'notes');
    keepNotes(notes);
    const daemon = await scene.startDaemon(stage, PROGRAM);
    await stage.smtp.waitForMessage(() => true, LIMIT_MS);
    const owner = await scene.connect(stage.database.ownerUrl);

    const told: number[] = [];
    for (let i = 0; i < WARM_UP + SAMPLES; i++) {
      const evidence = `poll${String(i).padStart(5, '0')}x`;
      const sentAtMs = preciseNowMs();
      await owner.query('update terminal set name = $1 where id = $2', [evidence, 1 + randomInt(250)]);
      await stage.slack.waitForMessage((one) => slackText(one).includes(evidence), LIMIT_MS);
      const handed = readNotes(notes).flatMap((one) =>
        one.note === 'handed' && one.atMs > sentAtMs ? [one.atMs] : [],
      );
      told.push((handed[0] ?? Number.NaN) - sentAtMs);
      await delay(randomInt(LONGEST_PAUSE_MS));
    }
    const samples = told.slice(WARM_UP);
    scene.say(`${samples.length} updates told`);
    const server = await serverShare(scene, stage.database.adminUrl);
    await stage.heartbeats.stop();
    // Stopped, the daemon asks nothing, and its connections stay.
    const rate = await rateWhile(scene, stage.database.ownerUrl, (isAsked) => {
      process.kill(daemon.pid, isAsked ? 'SIGCONT' : 'SIGSTOP');
    }).finally(() => process.kill(daemon.pid, 'SIGCONT'));
    return [
      {
        what: 'update sent → handed to the Slack transport, p50',
        unit: 'ms',
        measured: percentile(samples, 50),
        target: { atMost: INTERVAL_MS },
        detail: `${samples.length} updates, asked every ${INTERVAL_MS} ms; p99 ${percentile(samples, 99).toFixed(0)} ms`,
      },
      server,
      { ...rate, what: 'rate of heartbeats while we ask against while we do not', target: { atLeast: 0.98 } },
    ];
  },
};

/** The share of one core that the connection which asks takes of the server, heartbeats going on. */
async function serverShare(scene: Scene, adminUrl: string): Promise<Figure> {
  const admin = await scene.connect(adminUrl);
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where usename = 'tillwarden' and query ~ 'bit_xor'`,
  );
  const [asking] = rows;
  if (asking === undefined || rows.length > 1) throw new Error('one connection that asks was expected');
  const usedMs = (): number =>
    Number(readFileSync(`/proc/${asking.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  const [from, before] = [performance.now(), usedMs()];
  await delay(WATCHED_MS);
  const share = (usedMs() - before) / (performance.now() - from);
  return {
    what: 'share of one core of the server that asking takes, 250 terminals',
    unit: '',
    measured: share,
    target: { atMost: 0.02 },
    detail: `processor time of the connection that asks, ${WATCHED_MS / 1000} s, 50 heartbeats a second`,
  };
}
