import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Daemon } from '../../daemon/app.js';
import { checkJournal } from '../../daemon/cli/history/journal-walk.js';
import { approveSite, DEMO_SITE, openSite } from '../../daemon/demo/site.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import type { StoreReader } from '../../daemon/store/store.js';
import { type Random, seededRandom } from '../support/model/random.js';
import { type ModelScene, prepareModelScene, type WatchedName } from '../support/model/scene.js';
import { randomStep, repair, type Step } from '../support/model/statements.js';
import { disagreements, type Truth, truthOf } from '../support/model/truth.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';

/** `npm run soak` sets 600. */
const SECONDS = Number(process.env['MODEL_SECONDS'] ?? 20);
/** Printed by a run that failed: the same seed does the same. */
const SEED = Number(process.env['MODEL_SEED'] ?? randomInt(1_000_000));

// The sensor sees all roles of a server: other tests must not make any there.
let own: OwnPostgres;
let db: TestDatabase;

beforeAll(async () => {
  own = await startOwnPostgres();
  db = await own.createDatabase();
});
afterAll(async () => {
  await db.drop();
  await own.close();
});

test(
  `${SECONDS} s of random legal and hostile statements: what differs from what people signed is told, what cannot be read as well, and nothing else`,
  async () => {
    const random = seededRandom(SEED);
    const scene = await prepareModelScene(db, random.one(['UTF8', 'SQL_ASCII']));
    const model = new Model(scene, random);
    try {
      await model.start();
      const untilMs = performance.now() + SECONDS * 1000;
      while (performance.now() < untilMs) await model.round();
      await model.finish();
    } catch (cause) {
      const printed = JSON.stringify(scene.grantsSql);
      const done = model.done
        .map((step) => `  ${JSON.stringify(step).replace(printed, '"(what tillwarden sql prints)"')}`)
        .join('\n');
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`MODEL_SEED=${SEED}: ${said}\nafter\n${done}`, { cause });
    } finally {
      await model.stop();
      await scene.close();
    }
    console.log(`model: seed ${SEED}, ${model.done.length} steps, ${model.told} states agreed`);
  },
  SECONDS * 1000 + 120_000,
);

/** What people signed, what stands in the database, and a daemon that must say the difference. */
class Model {
  /** Every step since the last time that everything was as signed. */
  readonly done: Step[] = [];
  told = 0;
  readonly #clients = new Map<string, pg.Client>();
  readonly #locks = new Map<WatchedName, pg.Client>();
  #signed: Truth = new Map();
  #daemon: Daemon | null = null;
  #store: StoreReader | null = null;

  constructor(
    private readonly scene: ModelScene,
    private readonly random: Random,
  ) {}

  async start(): Promise<void> {
    this.#signed = await this.#truth();
    await this.#startDaemon();
    await this.#agree();
  }

  /** Some steps in a row; then daemon and model must come to agree. Now and then everything is taken back. */
  async round(): Promise<void> {
    const { reader, grantsSql } = this.scene;
    for (let n = this.random.below(4); n >= 0; n--)
      await this.#do(randomStep(this.random, reader, grantsSql));
    await this.#agree();
    if (this.random.below(6) === 0) await this.#repair();
  }

  /** Takes everything back, and holds the whole store against a read by somebody who remembers nothing. */
  async finish(): Promise<void> {
    await this.#repair();
    await waitFor(() => (this.#daemon?.status().undelivered ?? 1) === 0, {
      what: 'every message to be delivered',
    });
    await waitFor(async () => (await this.#readOtherwise()).length === 0, {
      what: 'the store to say what a new reader reads',
    });
    await this.#do({ do: 'sign' });
    await waitFor(() => this.#store?.findings.open(DEMO_SITE).length === 0, {
      what: 'nothing to be open once everything is signed',
    });
    const store = this.#store;
    if (store) expect(checkJournal(store, null).broken).toBeNull();
  }

  async stop(): Promise<void> {
    for (const client of this.#locks.values()) await client.query('rollback').catch(() => undefined);
    await this.#stopDaemon();
  }

  async #repair(): Promise<void> {
    for (const step of repair(this.scene.grantsSql)) await this.#do(step);
    await this.#agree();
  }

  async #agree(): Promise<void> {
    const now = await this.#truth();
    const store = this.#store;
    if (!store) throw new Error('no daemon runs');
    await waitFor(
      () => {
        const wrong = disagreements(store, DEMO_SITE, this.#signed, now);
        if (wrong.length > 0) throw new Error(wrong.slice(0, 10).join('\n'));
        return true;
      },
      { what: 'the daemon to say what is so' },
    );
    this.told++;
  }

  async #do(step: Step): Promise<void> {
    this.done.push(step);
    if (step.do === 'sql') {
      const client = await this.#client(step.as);
      for (const sql of step.sql) {
        // Much of it is not allowed or makes no sense: what is committed counts.
        await client.query(sql).catch(() => client.query('rollback').catch(() => undefined));
      }
    } else if (step.do === 'lock') await this.#lock(step.table);
    else if (step.do === 'unlock') await this.#unlock();
    else if (step.do === 'restart') {
      await this.#stopDaemon();
      await this.#startDaemon();
    } else await this.#sign();
  }

  async #client(role: 'owner' | 'app' | 'nobody' | 'superuser'): Promise<pg.Client> {
    const client = this.#clients.get(role) ?? (await this.scene.connect(role));
    this.#clients.set(role, client);
    // A lock of ours must not hold up the model itself.
    await client.query('set lock_timeout = 200');
    return client;
  }

  async #lock(table: WatchedName): Promise<void> {
    if (this.#locks.has(table)) return;
    const client = await this.scene.connect('owner');
    await client.query(`set lock_timeout = 5000; begin`);
    const taken = await client.query(`lock table shop.${table} in access exclusive mode`).then(
      () => true,
      () => false,
    );
    if (taken) this.#locks.set(table, client);
  }

  async #unlock(): Promise<void> {
    for (const client of this.#locks.values()) await client.query('rollback');
    this.#locks.clear();
  }

  /** People sign what is there now, if all of it can be read. */
  async #sign(): Promise<void> {
    const { site } = this.scene.watched;
    const now = await this.#truth();
    if ([...now.values()].includes(null)) return;
    try {
      await approveSite(site, site.approvers, 'as it is');
    } catch {
      // A null key or one that stands twice cannot be signed.
      return;
    }
    this.#signed = now;
  }

  #truth(): Promise<Truth> {
    return truthOf(this.scene.look, this.scene.reader, new Set(this.#locks.keys()));
  }

  async #startDaemon(): Promise<void> {
    this.#daemon = await this.scene.watched.start();
    this.#store = openStoreReadOnly(join(this.scene.watched.directory, 'state'));
  }

  async #stopDaemon(): Promise<void> {
    this.#store?.close();
    this.#store = null;
    await this.#daemon?.stop();
    this.#daemon = null;
  }

  /** Collections, the sensor among them, that a source opened anew reads otherwise than the daemon remembers them. */
  async #readOtherwise(): Promise<string[]> {
    const source = await openSite(this.scene.watched.site);
    try {
      const { collections } = await source.read();
      return [...collections].flatMap(([name, reading]) => {
        const remembered = this.#store?.observed.lines(DEMO_SITE, name);
        const lines = reading.readable ? reading.snapshot.records.map(({ line }) => line) : null;
        return JSON.stringify(lines) === JSON.stringify(remembered) ? [] : [name];
      });
    } finally {
      await source.close();
    }
  }
}
