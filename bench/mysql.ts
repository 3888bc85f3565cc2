import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { columnOf } from '../daemon/sources/mysql/column.js';
import type { PinnedSession } from '../daemon/sources/mysql/pinned-session.js';
import { probeStatement, selectStatement } from '../daemon/sources/mysql/select.js';
import type { Source } from '../daemon/sources/source.js';
import type { Benchmark, Figure } from './benchmark.js';
import { benchTable, installations, type MysqlScene, openMysqlScene } from './mysql-scene.js';
import { median, percentile, spread } from './statistics.js';

const ROUNDS = 7;
const CHANGES = 500;
const WRITERS = 8;
const WRITING_MS = 4_000;
const IDLE_MS = 15_000;
const SENSOR_TABLES = 170;
const LIMIT_MS = 60_000;
const COLUMNS = ['serial', 'name', 'type', 'active', 'location'];

/** Reading, hearing and disturbing a MySQL and a MariaDB, each that is found. */
export const mysql: Benchmark = {
  name: 'mysql',
  title: 'MySQL and MariaDB: bounded reads, from the change to the read, what it costs the server',
  run: async (scene) => {
    const found = await installations();
    if (found.length === 0) throw new Error('neither mariadbd nor mysqld was found');
    const figures: Figure[] = [];
    for (const installation of found) {
      const one = await openMysqlScene(scene, installation);
      scene.say(one.title);
      await one.admin.run(
        `create table wallet (id int primary key, address varchar(99)) engine=InnoDB; insert into wallet values (1, '')`,
      );
      for (const measure of [huge, reading, hearing, writing, idle, sensor]) {
        const measured = await measure(one);
        figures.push(...measured.map((figure) => ({ ...figure, what: `${one.title}: ${figure.what}` })));
      }
      await one.server.stop();
    }
    return figures;
  },
};

/** Bounded reads into a hash, and reads of unchanged rows through the row cache, against the command line client into a hash. */
async function reading(one: MysqlScene): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const rows of [100_000, 1_000_000]) {
    const name = `rows_${rows}`;
    await one.admin.run(
      `create table ${name} (id int primary key, serial varchar(32), name varchar(255), type varchar(32), active bit(1), location bigint, ping datetime) engine=InnoDB`,
    );
    await fill(one, name, rows);
    const source = await one.open([benchTable(name, COLUMNS)], {
      maxRecords: 2_000_000,
      maxCollectionBytes: 1_000_000_000,
      transactionTimeoutMs: 120_000,
    });
    await readWhole(source, name, rows);
    const session = await one.session();
    const bounded: number[] = [];
    const ours: number[] = [];
    const raw: number[] = [];
    for (let round = 0; round < (rows > 100_000 ? 3 : ROUNDS); round++) {
      bounded.push(await timed(() => boundedIntoHash(session, name)));
      ours.push(await timed(() => readWhole(source, name, rows)));
      raw.push(await timed(() => clientIntoHash(one, name)));
    }
    session.destroy();
    await source.close();
    const count = `${rows.toLocaleString('en')} rows`;
    const client = `client ${median(raw).toFixed(0)} ms (${spread(raw, 0)}); ${raw.length} rounds in turn`;
    figures.push(
      {
        what: `bounded read of ${count} into SHA-256, against "mariadb --quick | sha256sum"`,
        unit: '×',
        measured: median(bounded) / median(raw),
        target: { atMost: 0.6 },
        detail: `ours ${median(bounded).toFixed(0)} ms (${spread(bounded, 0)}), ${client}`,
      },
      {
        what: `re-read of ${count} through the source, against the same`,
        unit: '×',
        measured: median(ours) / median(raw),
        target: null,
        detail: `ours ${median(ours).toFixed(0)} ms (${spread(ours, 0)}): each row looked up among those known, every column read`,
      },
    );
  }
  return figures;
}

async function fill(one: MysqlScene, name: string, rows: number): Promise<void> {
  const step = 1000;
  const row = (id: number) =>
    `(${id},'BT${1_000_000 + id}','Praha Hlavni nadrazi ${id}','BATMThree',b'1',${1 + (id % 40)},now())`;
  for (let from = 0; from < Math.min(rows, 100_000); from += step) {
    const values = Array.from({ length: step }, (_, i) => row(from + i));
    await one.admin.run(`insert into ${name} values ${values.join(',')}`);
  }
  for (let have = 100_000; have < rows; have += 100_000) {
    await one.admin.run(
      `insert into ${name} select id + ${have}, concat(serial, '-', ${have}), name, type, active, location, ping from ${name} where id < 100000`,
    );
  }
}

async function readWhole(source: Source, name: string, rows: number): Promise<void> {
  const reading = (await source.read([name])).collections.get(name);
  if (!reading?.readable) throw new Error(`${name} is unreadable: ${reading?.detail}`);
  if (reading.snapshot.records.length !== rows) throw new Error(`${name} was not read whole`);
}

/** The reader's own statement and packets, without what it makes of them. */
async function boundedIntoHash(session: PinnedSession, name: string): Promise<void> {
  const relation = { schema: 'bench', name };
  const names = ['id', ...COLUMNS];
  const fields = await session.describe(probeStatement(relation, names), LIMIT_MS);
  const columns = names.map((column, i) => {
    const field = fields[i];
    if (!field) throw new Error('a column is missing');
    return columnOf(column, field, 65_536, session.charsets);
  });
  const hash = createHash('sha256');
  const statement = selectStatement({ relation, columns, maxRecords: 2_000_000, maxValueBytes: 65_536 });
  await session.stream(statement, LIMIT_MS, () => ({
    row: (buffer, start, end) => void hash.update(buffer.subarray(start, end)),
    pause: () => undefined,
  }));
  hash.digest();
}

async function clientIntoHash({ server }: MysqlScene, name: string): Promise<void> {
  const url = new URL(server.adminUrl());
  const login = `-h ${url.hostname} -P ${url.port} -u ${url.username}`;
  const query = `select id, ${COLUMNS.join(', ')} from bench.${name}`;
  const child = spawn(
    '/bin/sh',
    ['-c', `mariadb --no-defaults ${login} --quick -N -e '${query}' | sha256sum`],
    {
      env: { ...process.env, MYSQL_PWD: url.password },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('the command line client failed');
}

/** From sending a change to having read its value, with the source's own hints, and the change's own round trip. */
async function hearing(one: MysqlScene): Promise<Figure[]> {
  const source = await one.open([benchTable('wallet', ['address'])]);
  const seen = follow(source, 'wallet');
  await seen.listening;
  const writer = await one.connect();
  const heard: number[] = [];
  const trips: number[] = [];
  let unseen = 0;
  for (let i = 0; i < CHANGES; i++) {
    await delay(30 + Math.random() * 60);
    const value = `bc1q${i}`;
    const from = performance.now();
    const read = seen.until(value);
    await writer.run(`update wallet set address = '${value}' where id = 1`);
    trips.push(performance.now() - from);
    const at = await Promise.race([read, delay(3_000, null)]);
    if (at === null) unseen++;
    else heard.push(at - from);
  }
  await source.close();
  const isGtid = one.server.flavour === 'mysql';
  const trip = median(trips);
  const p = (percent: number) => percentile(heard, percent);
  const times = `${heard.length} changes, ${p(50).toFixed(1)} ms p50, ${p(99).toFixed(1)} ms p99; the UPDATE itself ${trip.toFixed(1)} ms p50, ${percentile(trips, 99).toFixed(1)} ms p99`;
  const TICK_MS = 20;
  return [
    isGtid
      ? {
          what: 'change sent → read, p50 against the UPDATE',
          unit: '×',
          measured: p(50) / trip,
          target: { atMost: 3 },
          detail: times,
        }
      : {
          what: 'change sent → read, p50 in ticks of 20 ms',
          unit: '×',
          measured: p(50) / TICK_MS,
          target: { atMost: 1 },
          detail: times,
        },
    isGtid
      ? {
          what: 'change sent → read, p99 against the UPDATE',
          unit: '×',
          measured: p(99) / trip,
          target: { atMost: 10 },
          detail: times,
        }
      : {
          what: 'change sent → read, p99 in ticks of 20 ms',
          unit: '×',
          measured: p(99) / TICK_MS,
          target: { atMost: 2 },
          detail: times,
        },
    {
      what: 'changes unseen after 3 s',
      unit: '',
      measured: unseen,
      target: { atMost: 0 },
      detail: `${CHANGES} changes`,
    },
  ];
}

/** Reads a collection on every hint, one read at a time, as the daemon does. */
function follow(source: Source, name: string) {
  let isReading = false;
  let isWanted = false;
  let ready: () => void = () => undefined;
  const listening = new Promise<void>((resolve) => {
    ready = resolve;
  });
  let awaited = '';
  let found: (at: number) => void = () => undefined;
  const drain = async (): Promise<void> => {
    isReading = true;
    while (isWanted) {
      isWanted = false;
      const reading = (await source.read([name])).collections.get(name);
      const line = reading?.readable ? (reading.snapshot.records[0]?.line ?? '') : '';
      if (awaited !== '' && line.includes(`"${awaited}"`)) found(performance.now());
    }
    isReading = false;
  };
  source.watch((hint) => {
    if (hint.type === 'listening') ready();
    if (hint.type === 'disconnected') return;
    isWanted = true;
    if (!isReading) void drain();
  });
  return {
    listening,
    until: (value: string) =>
      new Promise<number>((resolve) => {
        awaited = value;
        found = resolve;
      }),
  };
}

/** Eight writers, with and without us, in turn. */
async function writing(one: MysqlScene): Promise<Figure[]> {
  await one.admin.run(
    `create table beats (id int primary key, n int) engine=InnoDB; insert into beats values ${Array.from({ length: WRITERS }, (_, i) => `(${i}, 0)`).join(', ')}`,
  );
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => one.connect()));
  const rate = async () => {
    const until = performance.now() + WRITING_MS;
    const counts = await Promise.all(
      writers.map(async (writer, i) => {
        let n = 0;
        for (; performance.now() < until; n++) await writer.run(`update beats set n = n + 1 where id = ${i}`);
        return n;
      }),
    );
    return counts.reduce((sum, n) => sum + n, 0) / (WRITING_MS / 1000);
  };
  await rate();
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < 5; round++) {
    const alone = await rate();
    const source = await one.open([benchTable('wallet', ['address'])]);
    await follow(source, 'wallet').listening;
    const watched = await rate();
    await source.close();
    ratios.push(watched / alone);
    rates.push(alone);
  }
  return [
    {
      what: 'rate of 8 writers while we watch',
      unit: '×',
      measured: median(ratios),
      target: { atLeast: 0.97 },
      detail: `5 rounds in turn, ${spread(ratios, 2)}; alone ${median(rates).toFixed(0)}/s. Our own process shares the processors with both`,
    },
  ];
}

/** The server's processor time while nobody writes. */
async function idle(one: MysqlScene): Promise<Figure[]> {
  const share = async () => {
    const before = await one.cpuSeconds();
    await delay(IDLE_MS);
    return ((await one.cpuSeconds()) - before) / (IDLE_MS / 1000);
  };
  const alone = await share();
  const source = await one.open([benchTable('wallet', ['address'])]);
  await follow(source, 'wallet').listening;
  const watched = await share();
  await source.close();
  return [
    {
      what: 'share of one core of the server, idle',
      unit: '',
      measured: Math.max(0, watched - alone),
      target: { atMost: 0.02 },
      detail: `${IDLE_MS / 1000} s each; without us ${(100 * alone).toFixed(1)} %, with us ${(100 * watched).toFixed(1)} %`,
    },
  ];
}

async function sensor(one: MysqlScene): Promise<Figure[]> {
  for (let i = 0; i < SENSOR_TABLES; i++) {
    await one.admin.run(
      `create table t${i} (id int primary key, a varchar(99), b int, c datetime) engine=InnoDB`,
    );
  }
  const source = await one.open([benchTable('wallet', ['address'])]);
  await source.read(['sensor_cas']);
  const times: number[] = [];
  for (let i = 0; i < 20; i++) times.push(await timed(() => source.read(['sensor_cas'])));
  await source.close();
  return [
    {
      what: `sensor of ${SENSOR_TABLES} tables`,
      unit: 'ms',
      measured: median(times),
      target: { atMost: 100 },
      detail: `20 reads, ${spread(times, 0)} ms`,
    },
  ];
}

async function huge(one: MysqlScene): Promise<Figure[]> {
  await one.admin.run(
    `create table huge (id int primary key, v longtext) engine=InnoDB; insert into huge values (1, repeat('x', 80000000))`,
  );
  const source = await one.open([benchTable('wallet', ['address']), benchTable('huge', ['v'])]);
  await source.read(['wallet']);
  const before = process.memoryUsage().rss;
  const reading = (await source.read(['huge'])).collections.get('huge');
  const after = process.memoryUsage().rss;
  await source.close();
  if (!reading?.readable) throw new Error('the huge value was not read');
  return [
    {
      what: 'memory of the reader with a value of 80 MB',
      unit: '×',
      measured: after / before,
      target: { atMost: 1.3 },
      detail: `resident ${(before / 1e6).toFixed(0)} MB before, ${(after / 1e6).toFixed(0)} MB after`,
    },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
