import type { CollectionSnapshot } from '../../../../baselines/index.js';
import type { WatchedCollection } from '../../relational/reader.js';
import { isWitness } from '../../relational/witness.js';
import { identityQuery, readIdentities } from '../identify.js';
import { areSmall, isSensor, type ReadPlan } from '../read-plan.js';
import { takeBack } from '../recover.js';
import { occupiedQuery } from '../sensor.js';
import type { Rows, Session } from '../session.js';
import { beginReading } from '../settings.js';
import { STANDBY_QUERY } from '../standby.js';
import type { ReadAgain } from './read-again.js';

type Wanted = Pick<ReadPlan, 'config' | 'watched'>;
type Signed = ReadonlyMap<string, CollectionSnapshot>;

/**
 * Finds out in one round trip what collections are that were never read over a connection, so that `ReadAgain` can read them at once, which proves that they
 * are still that: two round trips in place of four for each table. Where all of them are as small as people signed them, and none is derived. Once for each connection:
 * whatever goes wrong is for the longer way to tell.
 */
export class FirstLook {
  readonly #lookedOver = new WeakSet<Session>();

  /** Rejects when the connection is lost. */
  async look(session: Session, plan: Wanted, signed: Signed, again: ReadAgain): Promise<void> {
    const { watched, config } = plan;
    if (this.#lookedOver.has(session) || watched.length < 2) return;
    this.#lookedOver.add(session);
    const snapshots = watched.flatMap(({ definition }) => signed.get(definition.name) ?? []);
    const isPlain = watched.every(({ definition, derived }) => derived === null && !isWitness(definition));
    if (!isPlain || snapshots.length < watched.length || !areSmall(snapshots)) return;
    const tables = watched.filter((one) => !isSensor(one));
    const answer = await ask(session, plan, tables);
    if (answer === null) return;
    const definitions = tables.map(({ definition }) => definition);
    const identities = readIdentities(definitions, answer.own, answer.descendants);
    for (const [i, one] of watched.entries()) {
      const snapshot = snapshots[i];
      if (snapshot === undefined) continue;
      if (isSensor(one)) {
        again.rememberSensor(session, one, { snapshot, ...answer });
        continue;
      }
      const identity = identities[tables.indexOf(one)];
      if (identity === undefined || 'cause' in identity.columns) continue;
      const as = { identity, columns: identity.columns, snapshot, horizon: null, light: null };
      again.remember(session, one, as, config);
    }
  }
}

/** What the catalog says of tables, and what the sensor's statement is made from. Null where something failed. Rejects when the connection is lost. */
async function ask(
  session: Session,
  { config }: Wanted,
  tables: readonly WatchedCollection[],
): Promise<{ own: Rows; descendants: Rows; knowsCluster: boolean; occupied: Rows[number] } | null> {
  const { serverVersion, encoding } = session;
  const questions = [
    beginReading({ ...config, serverVersion, encoding }),
    identityQuery(tables.map(({ definition }) => definition)),
    STANDBY_QUERY,
    occupiedQuery(serverVersion),
    'COMMIT',
  ];
  try {
    const answers = await session.run(questions.join('; '), config.connectTimeoutMs);
    const [own = [], descendants = [], recovery = [], [occupied = []] = []] = answers.slice(-5, -1);
    return { own, descendants, knowsCluster: recovery[0]?.[6] === 't', occupied };
  } catch (error) {
    await takeBack(session, error, { to: 'ROLLBACK' });
    return null;
  }
}
