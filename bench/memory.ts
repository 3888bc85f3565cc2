import { setTimeout as delay } from 'node:timers/promises';
import { approveSite } from '../daemon/demo/site.js';
import type { Benchmark, Figure } from './benchmark.js';
import { fillTerminals, MANY } from './many-terminals.js';
import { residentBytes } from './resident.js';
import type { Scene } from './scene.js';
import { median } from './statistics.js';

/** What the start needed is given back some time after it. */
const SETTLE_MS = 10_000;
const WATCH_MS = 30_000;
const EVERY_MS = 500;
/** 10^6 bytes. */
const MB = 1_000_000;

/** Resident memory of the daemon's process, on the demo site and with many records. */
export const memory: Benchmark = {
  name: 'memory',
  title: `memory of the daemon, idle on the demo site and with ${MANY.toLocaleString('en')} records`,
  run: async (scene) => {
    const stage = await scene.setStage();
    await approveSite(stage.site, stage.site.approvers, 'first');
    const small = await watch(scene, async () => scene.startDaemon(stage));
    scene.say('measured on the demo site; now with many records');
    await fillTerminals(stage);
    await approveSite(stage.site, stage.site.approvers, `${MANY} terminals`);
    const large = await watch(scene, async () => scene.startDaemon(stage));
    const again = await watch(scene, async () => scene.startDaemon(stage));
    const many = `with ${MANY.toLocaleString('en')} records`;
    return [
      ...figures('idle on the demo site', small, 150),
      ...figures(`${many}, just signed`, large, 350),
      ...figures(`${many}, started again`, again, 350),
    ];
  },
};

type Samples = readonly number[];

/** Resident bytes of a daemon while it watches, read every half second, the first being those of its start. */
async function watch(
  scene: Scene,
  start: () => ReturnType<Scene['startDaemon']>,
): Promise<{ atStart: number; watching: Samples }> {
  const daemon = await start();
  const atStart = residentBytes(daemon.pid);
  await delay(SETTLE_MS);
  const watching: number[] = [];
  for (let waited = 0; waited < WATCH_MS; waited += EVERY_MS) {
    await delay(EVERY_MS);
    watching.push(residentBytes(daemon.pid));
  }
  scene.say(`${watching.length} samples of process ${daemon.pid}`);
  await daemon.stop();
  return { atStart, watching };
}

function figures(
  what: string,
  { atStart, watching }: { atStart: number; watching: Samples },
  target: number,
): Figure[] {
  const detail = `highest of ${watching.length} samples in ${WATCH_MS / 1000} s, heartbeats and timed reads going on; median ${(median(watching) / MB).toFixed(0)} MB`;
  return [
    {
      what: `resident memory ${what}`,
      unit: 'MB',
      measured: Math.max(...watching) / MB,
      target: { atMost: target },
      detail,
    },
    {
      what: 'the same when it began to watch',
      unit: 'MB',
      measured: atStart / MB,
      target: null,
      detail: `1 sample, ${SETTLE_MS / 1000} s earlier`,
    },
  ];
}
