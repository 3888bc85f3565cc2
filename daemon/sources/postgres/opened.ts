import { randomBytes } from 'node:crypto';
import type { Definition } from '../../../baselines/index.js';
import type { SourceContext } from '../context.js';
import { activityDefinition, checkActivity } from '../relational/activity.js';
import { checkCollections, type NameForm } from '../relational/collections.js';
import { checkCustomers, customersDefinition } from '../relational/customers.js';
import type { OpenedSource } from '../relational/database-source.js';
import { type Endpoint, endpointOf } from '../relational/endpoint.js';
import { atPlace } from '../relational/failure.js';
import { type ReadableDatabase, Reader } from '../relational/reader.js';
import { checkWitness, watchWitness, witnessDefinition } from '../relational/witness.js';
import { sensorName } from '../sensor.js';
import type { Degradation, Hint } from '../source.js';
import { FirstLook } from './again/first-look.js';
import { LookAgain } from './again/look-again.js';
import { ReadAgain } from './again/read-again.js';
import { ReadMoved } from './again/read-moved.js';
import { logDefinition } from './change-log/log-table.js';
import { ChangeLogReader } from './change-log/read-log.js';
import type { PostgresConfig } from './config.js';
import { explainFailure, isPostgresFull } from './failure.js';
import { listen } from './hints/listen.js';
import { type Polling, poll } from './hints/poll.js';
import { isIdentifier, parseRelation, quoteLiteral, relationText } from './quote.js';
import { readBatch } from './read.js';
import type { ReadPlan } from './read-plan.js';
import { checkRole } from './role-check.js';
import { sensorDefinition } from './sensor.js';
import { clientConfig, openSession, type Session } from './session.js';
import { watchStandby } from './standby.js';
import { POSTGRES_URL } from './url.js';
import { readActivity } from './who/activity.js';
import { customersAmong } from './who/customers.js';

const NAMES: NameForm = {
  table: 'schema.table',
  example: 'public.terminal',
  isTable: (table) => parseRelation(table) !== null,
  identifier: '1 to 63 bytes',
  isIdentifier,
  derives: true,
};

/** Checks configuration, server and role, as `Source.open` promises. */
export async function openPostgres(context: SourceContext, config: PostgresConfig): Promise<OpenedSource> {
  checkCollections(context, NAMES);
  checkWitness(context.name, config.witness, NAMES);
  checkActivity(context.name, config.activity, NAMES);
  checkCustomers(context.name, config.customers, NAMES);
  const witness = watchWitness(context.name, config.witness, context);
  const { activity, customers } = config;
  const extra = config.witness ? [witnessDefinition(context.name, config.witness)] : [];
  const asked = [
    ...(activity === undefined ? [] : [activityDefinition(context.name, activity)]),
    ...(customers === undefined ? [] : [customersDefinition(context.name, customers)]),
  ];
  const place = endpointOf(POSTGRES_URL, config);
  const log = config.changeLog;
  const logReader = log === undefined ? null : new ChangeLogReader(log, config);
  const logTables = log === undefined ? [] : [logDefinition(context.name, log.schema)];
  const tables = context.collections;
  const standby = watchStandby(context.name, config.staleAfterMs);
  const connect = (signal: AbortSignal) =>
    connectChecked(place, config, [...tables, ...extra, ...asked, ...logTables], signal);
  const explain = (error: unknown) => atPlace(place, explainFailure(error));
  const reader = new Reader<Session>({
    context,
    definitions: [...tables, ...extra, sensorDefinition(context.name)],
    limits: config,
    database: {
      connect,
      readBatch: batchesOf({ config, tables: [...tables, ...logTables], standby }),
      explain,
      isFull: isPostgresFull,
    },
    place,
  });
  await reader.open();

  let hints: Hints | null = null;
  return {
    degradations: () => [
      ...place.degradations,
      ...reader.degradations,
      ...standby.degradations(),
      ...witness.degradations(),
      ...(hints?.degradations() ?? []),
    ],
    activity: async () =>
      activity === undefined ? null : reader.use((session) => readActivity(session, activity, config)),
    changeLog:
      logReader === null
        ? undefined
        : (thoroughly) => reader.use((session) => logReader.read(session, thoroughly)),
    customersAmong: async (addresses) =>
      customers === undefined
        ? null
        : reader.use((session) => customersAmong(session, customers, addresses, config)),
    explain,
    groups: (wanted, signed) => reader.groups(wanted, signed),
    beside: (wanted) => reader.beside(wanted),
    read: async (collections, options) => {
      const readings = await reader.read(witness.ask(collections, sensorName(context.name)), options);
      witness.hear(readings);
      return readings;
    },
    stillness: () => witness.stillness(),
    watch: (onHint) => {
      hints = beginHints({ context, config, place, connect, reader, onHint: reader.noting(onHint) });
    },
    close: async () => {
      await hints?.close();
      await reader.close();
    },
  };
}

/** Reads collections the shortest way that what is remembered of them allows. `tables`: those of which the sensor tells. */
function batchesOf({
  config,
  tables,
  standby,
}: Pick<ReadPlan, 'config' | 'tables' | 'standby'>): ReadableDatabase<Session>['readBatch'] {
  const again = new ReadAgain();
  const firstLook = new FirstLook();
  const byMarks = new ReadMoved();
  const looks = new LookAgain();
  const unreadKey = randomBytes(16).toString('hex');
  return async (session, watched, { onBegin, extent, signed }) => {
    const onSensor = again.rememberSensor.bind(again, session);
    const onRead: ReadPlan['onRead'] = (one, as) => {
      again.remember(session, one, as, config);
      byMarks.remember(session, one, as);
      looks.remember(session, one, as);
    };
    const plan = {
      config,
      watched,
      tables,
      unreadKey,
      standby,
      ...{ onBegin, onRead, onSensor },
    };
    await firstLook.look(session, plan, signed, again);
    const isMovedEnough = extent === 'moved';
    const part =
      (await again.read(session, plan)) ??
      (await looks.read(session, plan, { isMovedEnough, byMarks })) ??
      (isMovedEnough ? await byMarks.read(session, plan) : null);
    if (part !== null) return part;
    // What is remembered of rows and what of marks must be of one and the same reading.
    byMarks.forget(watched);
    return readBatch(session, plan);
  };
}

/** Hints that arrive until they are closed. */
type Hints = Pick<Polling, 'close' | 'degradations'>;

/** Begins to ask for changes, or to listen for them, as configured. */
function beginHints({
  context,
  config,
  place,
  connect,
  reader,
  onHint,
}: {
  readonly context: SourceContext;
  readonly config: PostgresConfig;
  readonly place: Endpoint;
  readonly connect: (signal: AbortSignal) => Promise<{ readonly connection: Session }>;
  readonly reader: Reader<Session>;
  readonly onHint: (hint: Hint) => void;
}): Hints {
  const { log, collections: definitions } = context;
  if (config.hints === 'poll') {
    const connected = async (signal: AbortSignal) => {
      try {
        return (await connect(signal)).connection;
      } catch (error) {
        reader.makeRoomToListen(error);
        throw error;
      }
    };
    return poll({ config, connect: connected, definitions, onHint, log });
  }
  const listening = listen({
    config,
    clientConfig: () => clientConfig(place, config),
    relations: relationsOf(context),
    notify: (channel, payload) =>
      reader.use(async (session) => {
        const sql = `SELECT pg_catalog.pg_notify(${quoteLiteral(channel)}, ${quoteLiteral(payload)})`;
        await session.run(sql, config.connectTimeoutMs);
      }),
    onFailure: (error) => reader.makeRoomToListen(error),
    onHint,
    log,
  });
  return { close: () => listening.close(), degradations: () => [] };
}

/** A new connection whose role was found to be harmless, and what shows as degraded of it. */
async function connectChecked(
  place: Endpoint,
  config: PostgresConfig,
  definitions: readonly Definition[],
  signal: AbortSignal,
): Promise<{ readonly connection: Session; readonly degradations: Degradation[] }> {
  const connection = await openSession(clientConfig(place, config), config.connectTimeoutMs, signal);
  try {
    return { connection, degradations: await checkRole(connection, config, definitions) };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** By the payload that names a relation, the collections that are read from it. */
function relationsOf(context: SourceContext): ReadonlyMap<string, readonly string[]> {
  const relations = new Map<string, string[]>();
  for (const { name, table } of context.collections) {
    const relation = parseRelation(table);
    if (!relation) continue;
    const payload = relationText(relation);
    relations.set(payload, [...(relations.get(payload) ?? []), name]);
  }
  return relations;
}
