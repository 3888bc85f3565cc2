import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { suggest } from '../daemon/discover/suggest.js';
import { sourceKinds } from '../daemon/sources/index.js';
import { sourceKindOf } from '../daemon/sources/source-kind.js';
import type { Survey } from '../daemon/sources/survey.js';
import { counted } from '../daemon/wording.js';
import type { Benchmark, Figure } from './benchmark.js';
import { installations, openMysqlScene } from './mysql-scene.js';
import type { Scene } from './scene.js';

const TABLES = 300;
const ROWS = 200;
const WATCH_MS = 60_000;
const ALONE_MS = 15_000;
const LIMITS = { collections: 200, columns: 200, keyColumns: 8, authors: 8, nameCharacters: 64 };
/** Of Linux, for which times of processes are counted in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** A database of 300 tables that nobody described, looked at and watched for a minute. */
export const discover: Benchmark = {
  name: 'discover',
  title: 'discover: 300 tables looked at, then watched for a minute',
  run: async (scene) => {
    const figures = await onPostgres(scene);
    for (const installation of await installations()) {
      const one = await openMysqlScene(scene, installation);
      for (const sql of tables((i) => `bench.t${i}`)) await one.admin.run(sql);
      figures.push(...(await measure(scene, one.title, one.server.adminUrl('bench'), one.cpuSeconds)));
      await one.server.stop();
    }
    return figures;
  },
};

async function onPostgres(scene: Scene): Promise<Figure[]> {
  const stage = await scene.setStage();
  const owner = await scene.connect(stage.database.ownerUrl);
  for (const sql of tables((i) => `public.t${i}`)) await owner.query(sql);
  // Else the server itself does it while it is measured.
  await owner.query('vacuum analyze');
  const { rows } = await owner.query('select pg_backend_pid() as pid');
  const server = parentOf(Number(rows[0]?.pid));
  return measure(scene, 'PostgreSQL', stage.database.ownerUrl, async () => familySeconds(server));
}

/** Statements for both kinds of server: settings of several sorts, some with JSON. */
function tables(nameOf: (i: number) => string): string[] {
  return Array.from({ length: TABLES }, (_, i) => {
    const values = Array.from(
      { length: ROWS },
      (_, id) =>
        `(${id}, 'name ${id}', 'bc1q${id}', 'user${id}@example.org', '{"a":{"b":${id}}}', ${id}, 'x', 'y')`,
    );
    return [
      `create table ${nameOf(i)} (id int primary key, name varchar(99), address varchar(99), mail varchar(99), settings json, n int, a varchar(99), b varchar(99))`,
      `insert into ${nameOf(i)} values ${values.join(', ')}`,
    ];
  }).flat();
}

async function measure(
  scene: Scene,
  title: string,
  url: string,
  cpuSeconds: () => Promise<number>,
): Promise<Figure[]> {
  scene.say(title);
  const share = async <T>(work: () => Promise<T>): Promise<readonly [number, number, T]> => {
    const [before, from] = [await cpuSeconds(), performance.now()];
    const result = await work();
    const seconds = (performance.now() - from) / 1000;
    return [((await cpuSeconds()) - before) / seconds, seconds, result];
  };
  const [, lookSeconds] = await share(() => survey(url, 0));
  const [alone] = await share(() => delay(ALONE_MS));
  const [watched, seconds, found] = await share(() => survey(url, WATCH_MS));
  const from = performance.now();
  const { suggested } = suggest(found, LIMITS);
  const looks = Math.max(...found.tables.map((table) => table.looks));
  const of = `${found.tables.length} tables of up to ${ROWS} rows`;
  return [
    {
      what: `${title}: one look at ${TABLES} tables`,
      unit: 's',
      measured: lookSeconds,
      target: { atMost: 60 },
      detail: `${of}; ${suggested.length} collections suggested in ${(performance.now() - from).toFixed(0)} ms`,
    },
    {
      what: `${title}: share of one core of the server, first look and a minute of watching`,
      unit: '',
      measured: watched - alone,
      target: { atMost: 0.01 },
      detail: `${seconds.toFixed(0)} s with ${counted(looks, 'look')} after the first; ${(100 * watched).toFixed(2)} % with us, ${(100 * alone).toFixed(2)} % without`,
    },
  ];
}

function survey(url: string, watchMs: number): Promise<Survey> {
  const { surveyor } = sourceKindOf(sourceKinds, url.startsWith('mysql') ? 'mysql' : 'postgres');
  if (surveyor === null) throw new Error('nothing looks at such a database');
  const { signal } = new AbortController();
  const request = { url, watchMs, signal, allowUnverifiedTls: false, allowSuperuser: true };
  return surveyor.survey({ ...request, onProgress: () => undefined });
}

/** Fields of /proc/PID/stat after the name, which may hold anything. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

const parentOf = (pid: number): number => Number(statOf(pid)[1]);

/** Processor time of a process, its children that live, and those that ended. */
function familySeconds(pid: number): number {
  const ticks = (fields: readonly string[], ...at: readonly number[]) =>
    at.reduce((sum, i) => sum + Number(fields[i]), 0);
  const own = ticks(statOf(pid), 11, 12, 13, 14);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = statOf(Number(name));
        return Number(fields[1]) === pid ? [ticks(fields, 11, 12)] : [];
      } catch {
        // It ended meanwhile, and counts with its parent.
        return [];
      }
    });
  return (own + children.reduce((sum, one) => sum + one, 0)) / TICKS_PER_SECOND;
}
