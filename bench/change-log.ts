import type pg from 'pg';
import type { Stage } from '../daemon/demo/stage.js';
import { heartbeat } from '../daemon/demo/stand-ins/heartbeats.js';
import { changeLogSettings } from '../daemon/sources/postgres/config.js';
import { installSql } from '../daemon/sources/postgres/sql.js';
import type { Benchmark, Figure } from './benchmark.js';
import {
  bareTables,
  type Comparison,
  compareSides,
  connectAll,
  rateFigure,
  type Side,
} from './heartbeats.js';
import type { Scene } from './scene.js';

const BLOCKS = 40;
/** Rows of the statement that writes many. */
const MANY = 20_000;

/** What the change log costs whoever changes a setting, beside a plain audit trigger, and what it costs a heartbeat. */
export const changeLog: Benchmark = {
  name: 'change-log',
  title:
    'changes of a watched name and heartbeats, 16 clients, with the change log, with an audit trigger, and with our hints alone',
  run: async (scene) => {
    const stage = await scene.setStage();
    await stage.heartbeats.stop();
    const database = async (name: string, install: readonly string[]): Promise<string> => {
      const owner = await bareTables(scene, stage, name);
      const admin = await scene.connect(adminOf(stage, name));
      for (const sql of install) await admin.query(sql);
      return owner;
    };
    const quiet = await database('quiet', [sqlOf(null, true)]);
    const audited = await database('audited', [AUDIT]);
    const heard = await database('heard', [sqlOf('bench', true)]);
    const paired = await database('paired', [sqlOf('bench', false), AUDIT]);
    const hinted = await database('hinted', [sqlOf('bench', false)]);
    for (const url of [quiet, audited, heard, paired, hinted]) await reportOnce(await scene.connect(url));
    const log = await compare(scene, quiet, audited, renamed);
    const notified = await compare(scene, heard, paired, renamed);
    const beats = await compare(scene, heard, hinted, heartbeat);
    return [
      rateFigure('changes a second with the change log against an audit trigger that stores both rows', log, {
        atLeast: 1,
      }),
      rateFigure('the same with our notifications on both sides', notified, null),
      rateFigure('heartbeats a second with the change log against our hints without it', beats, {
        atLeast: 0.97,
      }),
      await manyRows(scene, quiet, audited),
    ];
  },
};

/** Every terminal has reported, so that its row is as long as it is at a real site. */
async function reportOnce(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<{ id: string }>('select id from public.terminal');
  for (const { id } of rows) await owner.query(heartbeat(id));
}

/** Commits do not wait for the disk, whose time would hide everything. */
async function compare(
  scene: Scene,
  one: string,
  other: string,
  statement: (terminal: string) => pg.QueryConfig,
): Promise<Comparison> {
  const side = async (url: string): Promise<Side> => ({
    clients: await connectAll(scene, url, '-c synchronous_commit=off'),
    begin: () => undefined,
  });
  const [a, b] = [await side(one), await side(other)];
  const comparison = await compareSides(scene, a, b, BLOCKS, statement);
  await Promise.all([...a.clients, ...b.clients].map((client) => client.end()));
  return comparison;
}

/** A setting that is watched: the name of a terminal, another one each time. */
function renamed(terminal: string): pg.QueryConfig {
  return {
    name: 'renamed',
    text: 'update public.terminal set name = $2 where id = $1',
    values: [terminal, `terminal ${terminal} ${Math.random()}`],
  };
}

const COLUMNS = [
  'serial_number',
  'name',
  'type',
  'active',
  'locked',
  'deleted',
  'location_id',
  'organisation_id',
];

function sqlOf(channel: string | null, logged: boolean): string {
  return installSql({
    ...{ role: 'bench_reader', channel },
    definitions: [
      {
        ...{ name: 'terminals', kind: 'terminal', source: 'cas', table: 'public.terminal', key: ['id'] },
        ...{ columns: COLUMNS, secret: [] },
      },
    ],
    ...(logged ? { changeLog: changeLogSettings.parse({}) } : {}),
  });
}

/** As it is found in many systems: who, when, which operation, both rows. */
const AUDIT = `
  create table public.audit (id bigint generated always as identity primary key, at timestamptz not null, role text not null, address inet, operation text not null, old jsonb, new jsonb);
  create function public.audit() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
  begin
    insert into public.audit (at, role, address, operation, old, new)
      values (clock_timestamp(), session_user, inet_client_addr(), tg_op, to_jsonb(old), to_jsonb(new));
    return null;
  end $$;
  create trigger audit after update on public.terminal for each row execute function public.audit()`;

function adminOf(stage: Stage, database: string): string {
  const url = new URL(stage.database.adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function manyRows(scene: Scene, logged: string, audited: string): Promise<Figure> {
  const seconds: number[] = [];
  for (const url of [logged, audited]) {
    const client = await scene.connect(url);
    await client.query(
      `insert into public.terminal (serial_number, name, type) select 'many ' || g, 'n', 't' from generate_series(1, ${MANY}) g`,
    );
    const from = performance.now();
    await client.query(`update public.terminal set name = name || '.' where serial_number like 'many %'`);
    seconds.push((performance.now() - from) / 1000);
  }
  const [withLog = Number.NaN, withAudit = Number.NaN] = seconds;
  return {
    what: `${MANY} rows in one statement, time with the change log against the audit trigger`,
    unit: '×',
    measured: withLog / withAudit,
    target: null,
    detail: `${withLog.toFixed(2)} s and ${withAudit.toFixed(2)} s`,
  };
}
