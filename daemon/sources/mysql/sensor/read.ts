import type { CollectionSnapshot, Definition } from '../../../../baselines/index.js';
import { createRecordMaker, type Decode, encodeText } from '../../relational/decode.js';
import type { ReadFailure } from '../../relational/failure.js';
import type { WatchedCollection } from '../../relational/reader.js';
import { OUR_SCHEMA, proceduresFor } from '../names.js';
import type { PinnedSession } from '../pinned-session.js';
import type { ReplicaWatch } from '../replica.js';
import type { ResultRows } from '../session.js';
import { OWN_OBJECTS, replicationThreads, type SensorRow, sensorRows } from './rows.js';
import { blindness } from './sight.js';
import { VARIABLES } from './variables.js';

/**
 * Reads the sensor inside the transaction that is open: what our procedures tell, the procedures themselves, which they cannot be asked about, and
 * the server's variables. A sensor that no longer sees a sort of object is unreadable as a whole: its silence about that sort would look like
 * "there is none".
 */
export async function readSensor(
  session: PinnedSession,
  one: WatchedCollection,
  { tables, replica }: { readonly tables: readonly Definition[]; readonly replica: ReplicaWatch },
  timeoutMs: number,
): Promise<CollectionSnapshot | ReadFailure> {
  const ask = async (sql: string): Promise<ResultRows> => (await session.run(sql, timeoutMs))[0]?.rows ?? [];
  // Before they are called: what one that was exchanged leaves in our session could answer in the place of the catalogs.
  const ours = await ask(proceduresQuery(session));
  const variables = await ask(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${VARIABLES.map((name) => `'${name}'`).join(', ')})`,
  );
  const told: ResultRows[] = [];
  for (const name of proceduresFor(session.version)) told.push(await ask(`CALL ${OUR_SCHEMA}.${name}()`));
  const rows = sensorRows(told.flat(), tables);
  const blind = blindness(rows);
  if (blind !== null) return { cause: 'denied', detail: blind };
  for (const [name, definer, security, body] of ours) {
    rows.push(row(OWN_OBJECTS.procedure, name ?? '', { security, body }, definer ?? null));
  }
  const isReadOnly = variables.some(([name, value]) => name === 'read_only' && value === 'ON');
  replica.observe(replicationThreads(told.flat()), isReadOnly);
  for (const [name, value] of variables) rows.push(row(OWN_OBJECTS.variable, name ?? '', { value }, null));

  const pass = one.rows.begin('1', decoderOf(one), 'the sensor gave what is no record');
  for (const each of rows) {
    const bytes = Buffer.from(JSON.stringify(each), 'utf8');
    pass.row(bytes, 0, bytes.length);
    const pause = pass.pause();
    if (pause) await pause;
  }
  return pass.finish();
}

function row(
  object: string,
  identity: string,
  definition: Readonly<Record<string, string | null | undefined>>,
  owner: string | null,
): SensorRow {
  return [object, identity, JSON.stringify(definition), owner];
}

/** ResultRows are remembered by their JSON, so that an unchanged one is not put into canonical form anew. */
function decoderOf({ definition, fingerprint }: WatchedCollection): Decode {
  const makeRecord = createRecordMaker(definition, fingerprint);
  return (buffer, start, end) => {
    const [object, identity, text, owner] = JSON.parse(buffer.toString('utf8', start, end)) as SensorRow;
    return makeRecord([
      encodeText(object, false),
      encodeText(identity, false),
      encodeText(text, true),
      encodeText(owner, false),
    ]);
  };
}

/** By our own account, not through the procedures: one that was exchanged would not tell of it. */
function proceduresQuery({ version }: PinnedSession): string {
  if (proceduresFor(version).includes('sensor_mysql8')) {
    return `SELECT ROUTINE_NAME, DEFINER, SECURITY_TYPE, SHA2(ROUTINE_DEFINITION, 256) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${OUR_SCHEMA}'`;
  }
  return `SELECT CONVERT(name USING utf8mb4), CONVERT(definer USING utf8mb4), security_type, SHA2(body, 256) FROM mysql.proc WHERE db = '${OUR_SCHEMA}'`;
}
