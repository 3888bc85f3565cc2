import { randomBytes } from 'node:crypto';
import type { SourceContext } from '../context.js';
import { checkActivity } from '../relational/activity.js';
import { checkCollections, type NameForm } from '../relational/collections.js';
import { checkCustomers } from '../relational/customers.js';
import type { OpenedSource } from '../relational/database-source.js';
import { endpointOf } from '../relational/endpoint.js';
import { atPlace } from '../relational/failure.js';
import type { Listening } from '../relational/listening.js';
import { Reader } from '../relational/reader.js';
import { checkWitness, watchWitness, witnessDefinition } from '../relational/witness.js';
import { sensorName } from '../sensor.js';
import { checkAccount } from './account-check.js';
import type { MysqlConfig } from './config.js';
import { explainMysqlError, isMysqlFull } from './failure.js';
import { listenToServer } from './hints.js';
import { openPinnedSession, type PinnedSession } from './pinned-session.js';
import { isMysqlName, parseTableName } from './quote.js';
import { readInTransaction } from './read.js';
import { watchReplica } from './replica.js';
import { mysqlSensor } from './sensor/definition.js';
import { MYSQL_URL } from './url.js';
import { readMysqlActivity } from './who/activity.js';
import { customersOf } from './who/customers.js';

const NAMES: NameForm = {
  table: 'database.table',
  example: 'cas.terminal',
  isTable: (table) => parseTableName(table) !== null,
  identifier: '1 to 64 characters',
  isIdentifier: isMysqlName,
  derives: true,
};

/** Checks configuration, server and account, as `Source.open` promises. */
export async function openMysql(context: SourceContext, config: MysqlConfig): Promise<OpenedSource> {
  checkCollections(context, NAMES);
  checkWitness(context.name, config.witness, NAMES);
  checkActivity(context.name, config.activity, NAMES);
  checkCustomers(context.name, config.customers, NAMES);
  const { activity, customers } = config;
  const witness = watchWitness(context.name, config.witness, context);
  const extra = config.witness ? [witnessDefinition(context.name, config.witness)] : [];
  const place = endpointOf(MYSQL_URL, config);
  const tables = context.collections.map(({ name }) => name);
  const unreadKey = randomBytes(16).toString('hex');
  const replica = watchReplica(context.name, config.staleAfterMs);
  const explain = (error: unknown) => atPlace(place, explainMysqlError(error));
  const reader = new Reader<PinnedSession>({
    context,
    definitions: [...context.collections, ...extra, mysqlSensor(context.name)],
    limits: config,
    database: {
      connect: async (signal) => {
        const connection = await openPinnedSession(place, config, signal);
        try {
          return { connection, degradations: await checkAccount(connection, config) };
        } catch (error) {
          connection.destroy();
          throw error;
        }
      },
      readBatch: (session, watched, { onBegin }) => {
        const shared = { config, tables: context.collections, unreadKey, replica };
        return readInTransaction(session, { ...shared, watched, onBegin });
      },
      explain,
      isFull: isMysqlFull,
    },
    place,
  });
  await reader.open();

  let listening: Listening | null = null;
  let readMs = 0;
  return {
    degradations: () => [
      ...place.degradations,
      ...reader.degradations,
      ...replica.degradations(),
      ...witness.degradations(),
    ],
    activity: async () =>
      activity === undefined
        ? null
        : reader.use((session) => readMysqlActivity(session, context.name, activity)),
    customersAmong: async (addresses) =>
      customers === undefined ? null : reader.use((session) => customersOf(session, customers, addresses)),
    explain,
    groups: (wanted, signed) => reader.groups(wanted, signed),
    beside: (wanted) => reader.beside(wanted),
    read: async (collections, options) => {
      const from = performance.now();
      const readings = await reader.read(witness.ask(collections, sensorName(context.name)), options);
      witness.hear(readings);
      // A read of the sensor says nothing of how long the tables take. One that was held up makes us no more than twice as slow.
      if (collections.every((name) => tables.includes(name))) {
        const tookMs = performance.now() - from;
        readMs = readMs === 0 ? tookMs : Math.min(tookMs, 2 * readMs);
      }
      return readings;
    },
    stillness: () => witness.stillness(),
    watch: (onHint) => {
      listening = listenToServer({
        config,
        connect: (signal) => openPinnedSession(place, config, signal),
        collections: tables,
        readMs: () => readMs,
        onHint: reader.noting(onHint),
        log: context.log,
      });
    },
    close: async () => {
      await listening?.close();
      await reader.close();
    },
  };
}
