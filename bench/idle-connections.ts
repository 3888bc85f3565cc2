import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type pg from 'pg';
import { approveSite } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import type { Benchmark, Figure } from './benchmark.js';
import { percentile } from './statistics.js';

const SAMPLES = 60;
const WARM_UP = 20;
const CONNECTIONS = 1_000;
const LIMIT_MS = 30_000;
/** How long a stranger who was put out stays away. */
const RETURN_MS = 1_000;

/** What strangers who never say who they are do to the port of the API. */
interface Crowd {
  readonly name: string;
  /** From which address of the loopback network each comes. */
  readonly from: (index: number) => string;
  /** What each sends. */
  readonly says: string;
}

const CROWDS: readonly Crowd[] = [
  { name: '1,000 idle connections from one address', from: () => '127.0.0.1', says: '' },
  {
    name: '1,000 idle connections from 250 addresses',
    from: (index) => `127.0.1.${1 + (index % 250)}`,
    says: '',
  },
  { name: '1,000 requests that never end', from: () => '127.0.0.1', says: 'GET / HTTP/1.1\r\nhost: x\r\n' },
];

/** Strangers hold the port of the API while changes are told: each is let in again as soon as it is put out. */
export const idleConnections: Benchmark = {
  name: 'idle-connections',
  title: 'update sent → alert at Slack, while strangers hold connections to the API',
  run: async (scene) => {
    const stage = await scene.setStage({ people: true });
    await approveSite(stage.site, stage.site.approvers, 'first');
    await scene.startDaemon(stage);
    const owner = await scene.connect(stage.database.ownerUrl);
    const port = Number(new URL(stage.watchPage ?? '').port);
    await sampled(stage, owner, 'w', WARM_UP);
    const figures: Figure[] = [];
    for (const [index, crowd] of CROWDS.entries()) {
      const quiet = await sampled(stage, owner, `q${index}`, SAMPLES);
      const strangers = await gather(port, crowd);
      const besieged = await sampled(stage, owner, `b${index}`, SAMPLES);
      strangers.leave();
      scene.say(`${crowd.name}: ${besieged.length} updates told`);
      const [before, during] = [percentile(quiet, 50), percentile(besieged, 50)];
      figures.push({
        what: `${crowd.name}, p50 against quiet`,
        unit: '×',
        measured: during / before,
        target: { atMost: 1.5 },
        detail: `${SAMPLES} updates each: quiet p50 ${before.toFixed(1)} ms, then ${during.toFixed(1)} ms, p99 ${percentile(besieged, 99).toFixed(1)} ms; put out and back ${strangers.returns()} times`,
      });
    }
    return figures;
  },
};

/** Milliseconds until each update was whole at the Slack stand-in. */
async function sampled(stage: Stage, owner: pg.Client, mark: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const evidence = `idle${mark}n${index}x`;
    const sentAtMs = preciseNowMs();
    await owner.query(
      `update crypto_setting set sell_wallet_address = '${evidence}' where id = ${1 + (index % 8)}`,
    );
    const { receivedAtMs } = await stage.slack.waitForMessage(
      (one) => slackText(one).includes(evidence),
      LIMIT_MS,
    );
    times.push(receivedAtMs - sentAtMs);
  }
  return times;
}

async function gather(port: number, { from, says }: Crowd): Promise<{ leave(): void; returns(): number }> {
  const sockets = new Set<Socket>();
  let gone = false;
  let returned = 0;
  const enter = (index: number): Socket => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from(index) });
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('connect', () => says !== '' && socket.write(says));
    socket.on('close', () => {
      sockets.delete(socket);
      if (gone) return;
      returned++;
      // A stranger who hurries, and not a loop that eats the processor we measure on.
      setTimeout(() => !gone && enter(index), RETURN_MS);
    });
    socket.resume();
    return socket;
  };
  const first = Array.from({ length: CONNECTIONS }, (_, index) => enter(index));
  await Promise.all(first.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  return {
    leave: () => {
      gone = true;
      for (const socket of sockets) socket.destroy();
    },
    returns: () => returned,
  };
}
