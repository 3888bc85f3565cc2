import type { Config } from '../../config/config.js';
import { isBraked } from '../../containment/brake.js';
import { actionReadiness, namedAction } from '../../containment/readiness.js';
import { type Symptom, symptomsOf } from './symptom.js';

const { broken, weak, good } = symptomsOf('containment');

/** Every rule of containment: whether it could do what it says, by everything but the doing. */
export async function examineContainment({
  containment,
  sourceKinds,
}: Pick<Config, 'containment' | 'sourceKinds'>): Promise<readonly Symptom[]> {
  if (containment === null) return [];
  const symptoms: Symptom[] = [];
  for (const action of containment.actions) {
    const name = namedAction(action);
    const readiness = await actionReadiness(action, sourceKinds);
    symptoms.push(
      'fine' in readiness
        ? good(`containment ${name}: ${readiness.fine}`, name)
        : broken(`containment ${name}: ${readiness.found}`, { advice: readiness.advice }),
    );
  }
  if (isBraked(containment.brakeFile)) {
    const advice = `take away ${containment.brakeFile} when containment is to act again; its folder has to be there`;
    symptoms.push(
      weak('the hand brake of containment is drawn, or nobody can tell: nothing is contained', { advice }),
    );
  }
  return symptoms;
}
