import { DEMO_DATABASES, type DemoDatabaseName } from '../database-names.js';
import { DemoError } from '../demo-error.js';
import type { Play, Scenario, ScenarioAnswer } from './scenario.js';
import type { ScenarioName } from './scenario-names.js';

/** Each scenario's own file, loaded when it is played. */
const LOADERS: Readonly<Record<ScenarioName, () => Promise<Scenario>>> = {
  'august-2022': async () => (await import('./august-2022/index.js')).AUGUST_2022,
  'march-2023': async () => (await import('./march-2023/index.js')).MARCH_2023,
  lamassu: async () => (await import('./lamassu/index.js')).LAMASSU,
};

/** What people asked the demo for: August 2022, and the first database that it can be played on, when they said nothing. */
export interface ScenarioChoice {
  readonly scenario?: ScenarioName | undefined;
  readonly database?: DemoDatabaseName | undefined;
}

export interface ChosenPlay {
  readonly title: string;
  readonly database: DemoDatabaseName;
  readonly play: Play;
  readonly host: NonNullable<Scenario['host']> | null;
  readonly unseen: readonly string[];
  readonly answer: ScenarioAnswer | null;
}

/** The play that was chosen. Throws `DEMO_SCENARIO` when the scenario's application does not run on the database. */
export async function choosePlay({
  scenario = 'august-2022',
  database,
}: ScenarioChoice): Promise<ChosenPlay> {
  const { title, plays, host = null, unseen = [], answer = null } = await LOADERS[scenario]();
  const possible = DEMO_DATABASES.filter((name) => plays[name] !== undefined);
  const name = database ?? possible[0];
  const play = name && plays[name];
  if (name !== undefined && play !== undefined) return { title, database: name, play, host, unseen, answer };
  throw new DemoError(
    'DEMO_SCENARIO',
    `the scenario ${scenario} cannot be played on ${database}: give --database ${possible.join(' or ')}, or leave it out`,
  );
}
