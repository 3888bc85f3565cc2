import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { approveSite } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import type { Benchmark, Figure } from './benchmark.js';
import { fillTerminals, MANY } from './many-terminals.js';
import { keepNotes, readNotes } from './notes.js';
import { residentBytes } from './resident.js';
import type { Scene } from './scene.js';

const PROGRAM = fileURLToPath(new URL('./daemon-noting-blocks.js', import.meta.url));
const SAMPLE_MS = 100;
const LIMIT_MS = 120_000;
/** How long after the alert blocks and memory still count: the rest of the flood is written down then. */
const AFTER_MS = 20_000;
/** 10^6 bytes. */
const MB = 1_000_000;

/** What drowns the one change that counts, and what is promised about it. */
interface Flood {
  readonly name: string;
  readonly sql: string;
  readonly toldWithinMs: number;
}

const divert = (mark: string) => `update crypto_setting set sell_wallet_address = '${mark}' where id = 1`;
const flooded = (rows: number, name: string) =>
  `insert into user_permission (user_id, permission) select 12, '${name}' || g from generate_series(1, ${rows}) g`;

/** One transaction each, while 100,000 terminals are watched. */
const FLOODS: readonly Flood[] = [
  { name: '130,000 records nobody signed', sql: flooded(130_000, 'p'), toldWithinMs: 1_000 },
  {
    name: `${MANY.toLocaleString('en')} records changed by one UPDATE`,
    sql: `update terminal set name = name || 'x'`,
    toldWithinMs: 2_000,
  },
  { name: '1,000,000 records nobody signed', sql: flooded(1_000_000, 'q'), toldWithinMs: 3_000 },
];

/** One diverted wallet route among very many other changes of the same transaction. */
export const flood: Benchmark = {
  name: 'flood',
  title: 'a diverted wallet route in a flood of other changes',
  run: async (scene) => {
    const figures: Figure[] = [];
    const stage = await scene.setStage();
    await fillTerminals(stage);
    await approveSite(stage.site, stage.site.approvers, 'first');
    keepNotes(`${scene.directory}/notes`);
    const daemon = await scene.startDaemon(stage, PROGRAM);
    await delay(AFTER_MS);
    for (const [n, one] of FLOODS.entries()) {
      for (const figure of await measure(scene, stage, daemon.pid, one, n)) figures.push(figure);
    }
    return figures;
  },
};

async function measure(
  scene: Scene,
  stage: Stage,
  pid: number,
  { name, sql, toldWithinMs }: Flood,
  n: number,
): Promise<Figure[]> {
  const mark = `bc1qflood${n}`;
  let highest = 0;
  const sampling = setInterval(() => {
    highest = Math.max(highest, residentBytes(pid));
  }, SAMPLE_MS);
  scene.onClose(async () => clearInterval(sampling));
  const fromMs = preciseNowMs();
  const thief = await scene.connect(stage.database.ownerUrl);
  await thief.query(`begin; ${sql}; ${divert(mark)}`);
  // What is committed may be told before whoever committed it hears of that.
  const committedMs = preciseNowMs();
  await thief.query('commit');
  const told = await stage.slack.waitForMessage((message) => slackText(message).includes(mark), LIMIT_MS);
  await delay(AFTER_MS);
  clearInterval(sampling);
  const notes = readNotes(`${scene.directory}/notes`).flatMap((note) =>
    note.note === 'block' ? [note] : [],
  );
  const blocks = notes.filter(({ toMs }) => toMs > committedMs).map(({ longestMs }) => longestMs);
  const made = `made in ${((committedMs - fromMs) / 1000).toFixed(1)} s`;
  scene.say(name);
  return [
    {
      what: `${name}: commit sent → the diverted route stands in Slack`,
      unit: 'ms',
      measured: told.receivedAtMs - committedMs,
      target: { atMost: toldWithinMs },
      detail: `one transaction, ${made}`,
    },
    {
      what: `${name}: longest block of the event loop`,
      unit: 'ms',
      measured: blocks.reduce((longest, ms) => Math.max(longest, ms), 0),
      target: { atMost: 200 },
      detail: `from the commit until ${AFTER_MS / 1000} s after the alert`,
    },
    {
      what: `${name}: resident memory, at its highest`,
      unit: 'MB',
      measured: highest / MB,
      target: { atMost: 400 },
      detail: `a sample every ${SAMPLE_MS} ms`,
    },
  ];
}
