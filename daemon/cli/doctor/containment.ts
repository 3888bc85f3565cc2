import { accessSync, constants } from 'node:fs';
import type { Config } from '../../config/config.js';
import type { ContainmentAction } from '../../config/containment.js';
import { readSecretFile } from '../../config/secret.js';
import { isBraked } from '../../containment/brake.js';
import { writerOf } from '../../containment/writer.js';
import { errorCode } from '../../error-code.js';
import { type Symptom, symptomsOf } from './symptom.js';

const { broken, weak, good } = symptomsOf('containment');

/** Every rule of containment: whether it could do what it says, by everything but the doing. */
export async function examineContainment({
  containment,
  sourceKinds,
}: Pick<Config, 'containment' | 'sourceKinds'>): Promise<readonly Symptom[]> {
  if (containment === null) return [];
  const symptoms: Symptom[] = [];
  for (const action of containment.actions) symptoms.push(await examineAction(action, sourceKinds));
  if (isBraked(containment.brakeFile)) {
    const advice = `take away ${containment.brakeFile} when containment is to act again; its folder has to be there`;
    symptoms.push(
      weak('the hand brake of containment is drawn, or nobody can tell: nothing is contained', { advice }),
    );
  }
  return symptoms;
}

async function examineAction(action: ContainmentAction, kinds: Config['sourceKinds']): Promise<Symptom> {
  const { name, command, http, sql } = action;
  const mode = action.dryRun ? 'dry run' : 'ARMED';
  const fine = (what: string) => good(`containment ${name} (${mode}): ${what}`, `${name} (${mode})`);
  const cannot = (found: string, advice: string) =>
    broken(`containment ${name} (${mode}): ${found}`, { advice });
  if (command !== undefined) {
    const code = refusalToRun(command[0]);
    return code === null
      ? fine('its program is there, and may be run')
      : cannot(
          `its program cannot be run (${code})`,
          `put it at ${command[0]}, for the user of the daemon to run`,
        );
  }
  if (http?.tokenFile !== undefined) {
    const token = readSecretFile('/', http.tokenFile);
    return token.ok
      ? fine('its token can be read; nobody was called')
      : cannot(`tokenFile: found ${token.found}`, `needed ${token.needed}`);
  }
  if (sql === undefined) return fine('nobody was called');
  const way = writerOf(sql, action, kinds);
  if ('detail' in way) return cannot(way.detail, 'put the connection string of its own account there');
  const found = await way.writer.examine(way.settings, way.write);
  return found === null
    ? fine(`its account may set ${sql.column} of ${sql.table}, and nothing else runs there`)
    : cannot(found.detail, 'docs/containment.md has the rights that its account needs, and no other');
}

function refusalToRun(program: string): string | null {
  try {
    accessSync(program, constants.X_OK);
    return null;
  } catch (error) {
    return errorCode(error) ?? 'unknown error';
  }
}
