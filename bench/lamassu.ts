import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { choosePlay } from '../daemon/demo/scenario/index.js';
import { approveSite } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import type { Benchmark, Figure } from './benchmark.js';
import { heard } from './heard.js';
import { residentBytes } from './resident.js';
import { median, percentile, spread } from './statistics.js';

const MACHINES = 60;
const SAVED = 3_000;
/** Settings of each machine; with those of the demo a configuration is about 45 KB. */
const OF_EACH = 8;
const CHECKS = 7;
const PAIRS = 40;
const WARM_UP = 5;
const LIMIT_MS = 20_000;
/** Mails and edits of one alert go on after it. */
const SETTLE_MS = 500;
const MB = 1_000_000;
const MAIN = fileURLToPath(new URL('../daemon/main.js', import.meta.url));

/** A lamassu-server of an operator who has saved often: settings inside of one row of a table that only grows. */
export const lamassu: Benchmark = {
  name: 'lamassu',
  title: `lamassu-server: ${MACHINES} machines, ${SAVED.toLocaleString('en')} saved configurations of 45 KB`,
  run: async (scene) => {
    const chosen = await choosePlay({ scenario: 'lamassu' });
    const stage = await scene.setStage({ chosen });
    const owner = await scene.connect(stage.database.ownerUrl);
    const bytes = await grow(owner);
    await approveSite(stage.site, stage.site.approvers, 'first');
    scene.say(`a configuration is ${Math.round(bytes / 1000)} KB; checking`);
    const checks: { ms: number; bytes: number }[] = [];
    for (let i = 0; i < CHECKS; i++) checks.push(await check(stage));

    const daemon = await scene.startDaemon(stage);
    const listener = await scene.connect(stage.database.ownerUrl);
    await listener.query('listen tillwarden');
    const derived: number[] = [];
    const plain: number[] = [];
    for (let i = 0; i < WARM_UP + PAIRS; i++) {
      const told = { stage, owner, listener };
      const one = await alerted(told, 'public.user_config', saveOf(i), `bench-${i}d`);
      const other = await alerted(told, 'public.users', renameOf(i), `bench-${i}p`);
      if (i < WARM_UP) continue;
      derived.push(one);
      plain.push(other);
    }
    return figuresOf(checks, { derived, plain }, residentBytes(daemon.pid));
  },
};

function figuresOf(
  checks: readonly { readonly ms: number; readonly bytes: number }[],
  { derived, plain }: { readonly derived: readonly number[]; readonly plain: readonly number[] },
  resident: number,
): Figure[] {
  const times = checks.map(({ ms }) => ms / 1_000);
  return [
    {
      what: 'tillwarden check, whole process',
      unit: 's',
      measured: median(times),
      target: { atMost: 1 },
      detail: `median of ${checks.length}, ${spread(times, 2)} s`,
    },
    {
      what: 'the most memory that check held',
      unit: 'MB',
      measured: Math.max(...checks.map((one) => one.bytes)) / MB,
      target: { atMost: 130 },
      detail: `highest of ${checks.length}`,
    },
    {
      what: 'hint → alert whole at the Slack stand-in, p50, against a plain collection',
      unit: '×',
      measured: percentile(derived, 50) / percentile(plain, 50),
      target: { atMost: 1.5 },
      detail: `${derived.length} saves and renames in turn: p50 ${percentile(derived, 50).toFixed(1)} and ${percentile(plain, 50).toFixed(1)} ms, p99 ${percentile(derived, 99).toFixed(0)} and ${percentile(plain, 99).toFixed(0)} ms`,
    },
    {
      what: 'resident memory of the daemon afterwards',
      unit: 'MB',
      measured: resident / MB,
      target: null,
      detail: '1 sample',
    },
  ];
}

/** More machines with settings of their own, and saves. Resolves with the bytes of one. */
async function grow(owner: pg.Client): Promise<number> {
  await owner.query(`insert into devices (device_id, name, paired, display)
    select encode(sha256(n::text::bytea), 'hex'), 'Machine ' || n, true, true from generate_series(4, ${MACHINES}) n`);
  await owner.query(`insert into user_config (type, data, valid, schema_version)
    select 'config', jsonb_set(data::jsonb, '{config}', (data::jsonb -> 'config') || (
        select jsonb_object_agg('cashOut_' || device_id || '_setting' || n, n) from devices, generate_series(1, ${OF_EACH}) n))::json, true, 2
      from user_config where type = 'config' order by id desc limit 1`);
  await owner.query(`insert into user_config (type, data, valid, schema_version)
    select newest.type, newest.data, true, 2
      from (select * from user_config where type = 'config' order by id desc limit 1) newest, generate_series(1, ${SAVED})`);
  await owner.query('vacuum analyze user_config');
  const { rows } = await owner.query<{ bytes: number }>(
    'select length(data::text) as bytes from user_config order by id desc limit 1',
  );
  return Number(rows[0]?.bytes);
}

const saveOf = (i: number): string =>
  `insert into user_config (type, data, valid, schema_version)
   select type, jsonb_set(data::jsonb, '{config,wallets_BTC_wallet}', '"bench-${i}d"')::json, true, 2
     from user_config where type = 'config' order by id desc limit 1`;
/** As critical as the other: both page, and neither waits for an edit of an earlier message. */
const renameOf = (i: number): string =>
  `update users set username = 'bench-${i}p' where id = '00000000-0000-4000-8000-000000000002'`;

async function check(stage: Stage): Promise<{ ms: number; bytes: number }> {
  const from = performance.now();
  const child = spawn(process.execPath, [MAIN, 'check', '--config', stage.site.configFile], {
    stdio: 'ignore',
  });
  let bytes = 0;
  const look = setInterval(() => {
    bytes = Math.max(bytes, peakBytes(child.pid ?? 0));
  }, 10);
  const [exit] = await once(child, 'exit');
  clearInterval(look);
  if (exit !== 0) throw new Error(`check ended with ${exit}`);
  return { ms: performance.now() - from, bytes };
}

/** The most that was resident so far, which Linux remembers; elsewhere what is resident now. */
function peakBytes(pid: number): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync('/proc/self/status')) return residentBytes(pid);
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** From the notification at a plain listener to the alert that quotes the evidence, whole at the Slack stand-in; in milliseconds. */
async function alerted(
  {
    stage,
    owner,
    listener,
  }: { readonly stage: Stage; readonly owner: pg.Client; readonly listener: pg.Client },
  table: string,
  sql: string,
  evidence: string,
): Promise<number> {
  const hint = heard(listener, table, LIMIT_MS);
  await owner.query(sql);
  const hintMs = await hint;
  const told = await stage.slack.waitForMessage((one) => slackText(one).includes(evidence), LIMIT_MS);
  // What the daemon still does of this one is not to be in the next.
  await delay(SETTLE_MS);
  return told.receivedAtMs - hintMs;
}
