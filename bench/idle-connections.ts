import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type pg from 'pg';
import { approveSite } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import { selfSignedCertificate } from '../test/support/certificate.js';
import type { Benchmark, Figure } from './benchmark.js';
import type { Scene } from './scene.js';
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
  /** What each sends; null: the first message of a TLS handshake, to an API that speaks TLS. */
  readonly says: string | null;
}

const CROWDS: readonly Crowd[] = [
  { name: '1,000 idle connections from one address', from: () => '127.0.0.1', says: '' },
  {
    name: '1,000 idle connections from 250 addresses',
    from: (index) => `127.0.1.${1 + (index % 250)}`,
    says: '',
  },
  { name: '1,000 requests that never end', from: () => '127.0.0.1', says: 'GET / HTTP/1.1\r\nhost: x\r\n' },
  { name: '1,000 TLS handshakes that stop half way', from: () => '127.0.0.1', says: null },
];

/** Strangers hold the port of the API while changes are told: each is let in again as soon as it is put out. */
export const idleConnections: Benchmark = {
  name: 'idle-connections',
  title: 'update sent → alert at Slack, while strangers hold connections to the API',
  run: async (scene) => {
    const stage = await scene.setStage({ people: true });
    await approveSite(stage.site, stage.site.approvers, 'first');
    let daemon = await scene.startDaemon(stage);
    const owner = await scene.connect(stage.database.ownerUrl);
    const port = Number(new URL(stage.watchPage ?? '').port);
    await sampled(stage, owner, 'w', WARM_UP);
    const figures: Figure[] = [];
    for (const [index, crowd] of CROWDS.entries()) {
      if (crowd.says === null) {
        await daemon.stop();
        await serveTls(scene, stage);
        daemon = await scene.startDaemon(stage);
        await sampled(stage, owner, 't', WARM_UP);
      }
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

/** The API speaks TLS from the next start on. */
async function serveTls({ directory }: Scene, { site: { configFile } }: Stage): Promise<void> {
  const { cert, key } = selfSignedCertificate();
  const [certificateFile, keyFile] = [join(directory, 'api.crt'), join(directory, 'api.key')];
  await writeFile(certificateFile, cert);
  await writeFile(keyFile, key, { mode: 0o600 });
  const text = await readFile(configFile, 'utf8');
  const tls = `  tls: { certificateFile: ${certificateFile}, key_file: ${keyFile} }\n`;
  await writeFile(
    configFile,
    text.replace(/^api:\n/m, (api) => `${api}${tls}`),
  );
}

/** The message with which a client begins, as OpenSSL writes it. */
function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
    connectTls({ socket: wire, servername: 'localhost' }).on('error', () => undefined);
  });
}

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
  const first = says ?? (await clientHello());
  const sockets = new Set<Socket>();
  let gone = false;
  let returned = 0;
  const enter = (index: number): Socket => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from(index) });
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('connect', () => first.length > 0 && socket.write(first));
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
  const all = Array.from({ length: CONNECTIONS }, (_, index) => enter(index));
  await Promise.all(all.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  return {
    leave: () => {
      gone = true;
      for (const socket of sockets) socket.destroy();
    },
    returns: () => returned,
  };
}
