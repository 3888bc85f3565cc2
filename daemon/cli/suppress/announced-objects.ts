import {
  type ExpectedObjects,
  parseRecordLine,
  SUPPRESSION_LIMITS,
  type VerifiedBaseline,
} from '../../../baselines/index.js';
import { quote } from '../../../notifiers/index.js';
import { rankedObject } from '../../policy/sensor-reach.js';
import { ANNOUNCED_OBJECTS, RANKED_OBJECTS } from '../../sources/sensor.js';
import { listed } from '../../wording.js';
import { CliError } from '../errors.js';

/** The longest window in which whatever happens to a sort of object is expected. */
const MOST_HOURS = SUPPRESSION_LIMITS.objectsWindowMs / 3_600_000;

/** What a command line says of the objects that it announces. */
interface Announced {
  readonly object: readonly string[];
  readonly schema: string | undefined;
  /** The sensor, when there are several. */
  readonly collection: string | undefined;
  readonly hours: number;
}

/**
 * The objects that a command line announces, as soon as there is a baseline to find their sensor in. Throws `CLI_USAGE` at once for a sort that is never announced,
 * no schema or too long a window, and then `CLI_EXPECTATION` where no sensor of the baseline says what hangs on nothing watched. `note` is told where nothing
 * of the schema is signed.
 */
export function announcedObjects(
  { object, schema, collection, hours }: Announced,
  note: (words: string) => void,
): (head: VerifiedBaseline) => readonly ExpectedObjects[] {
  const sorts = [...new Set(object)];
  for (const sort of sorts) refuseSort(sort);
  if (schema === undefined || schema === '') {
    throw new CliError('CLI_USAGE', '--object needs --schema: in which schema such objects may change');
  }
  if (hours > MOST_HOURS) {
    throw new CliError(
      'CLI_USAGE',
      `--hours ${hours}: with --object at most ${MOST_HOURS}, since nobody says what exactly will happen; sign another one tomorrow`,
    );
  }
  return (head) => {
    const { name, schemas } = sensorOf(head, collection);
    if (!schemas.has(schema)) {
      const there = [...schemas].sort().map((one) => quote({ untrusted: one }, 200));
      note(
        `baseline ${head.version} has nothing of schema ${quote({ untrusted: schema }, 200)}; there is ${listed(there, 20)}`,
      );
    }
    return sorts.map((sort) => ({ collection: name, object: sort, schema }));
  };
}

function refuseSort(sort: string): void {
  if (ANNOUNCED_OBJECTS.some((one) => one === sort)) return;
  const isKnown = RANKED_OBJECTS.some((one) => one === sort);
  throw new CliError(
    'CLI_USAGE',
    `--object ${isKnown ? sort : quote({ untrusted: sort }, 60)}: ${isKnown ? 'what says who may do what is never expected by its sort' : 'there is no such sort'}; there is ${ANNOUNCED_OBJECTS.join(', ')}`,
  );
}

/** The sensor that is named, or the only one that says of its objects what they hang on, and the schemas of these. */
function sensorOf(head: VerifiedBaseline, named: string | undefined) {
  const sensors = [...head.collections.values()].filter(
    ({ definition: { kind, name } }) => kind === 'sensor' && (named === undefined || name === named),
  );
  const known = sensors.flatMap(({ definition: { name }, records }) => {
    const schemas = new Set(records.flatMap(({ line }) => rankedObject(parseRecordLine(line))?.schema ?? []));
    return schemas.size === 0 ? [] : [{ name, schemas }];
  });
  const [only, another] = known;
  if (only === undefined) {
    throw new CliError(
      'CLI_EXPECTATION',
      `${named ?? 'the baseline'}: found no sensor that says what hangs on nothing watched; needed is one of PostgreSQL. Name the changes themselves with --file`,
    );
  }
  if (another !== undefined) {
    throw new CliError(
      'CLI_USAGE',
      `--object needs --collection: which of ${known.map(({ name }) => name).join(', ')}`,
    );
  }
  return only;
}
