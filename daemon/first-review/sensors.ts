import { type Sensor, type SensorQuestion, type SensorSubject, SPEAKS_OF_MONEY } from '../sources/sensor.js';
import { type Answer, type ReviewedSite, type ReviewRule, suspicion } from './suspicion.js';

/** What is asked about a subject, and why nobody can be asked where no sensor was read. */
const WITHOUT_SENSOR: Readonly<Record<SensorSubject, { readonly noun: string; readonly because: string }>> = {
  'code-on-money': { noun: 'code that can rewrite money tables', because: 'no source has a sensor' },
  'sensor-off': {
    noun: 'triggers of tillwarden that are switched off',
    because: 'no trigger of tillwarden is installed: changes are found by the timed read only',
  },
  'bound-setting': {
    noun: 'settings that can turn what the database does to something else',
    because: 'no source has a sensor',
  },
};

/** The rules about a subject for a site: one for each kind of sensor that was read there, or one that says why there is none. */
export function sensorRules(
  subject: SensorSubject,
  site: ReviewedSite,
  sensors: readonly Sensor[],
): readonly ReviewRule[] {
  const read = sensors.filter(({ table }) =>
    site.of('sensor').some((collection) => collection.table === table),
  );
  if (read.length === 0) {
    const { noun, because } = WITHOUT_SENSOR[subject];
    return [{ name: subject, found: () => noun, advice: '', ask: () => ({ notLooked: because }) }];
  }
  return read.flatMap(({ table, questions }) =>
    questions.filter((question) => question.subject === subject).map((question) => ruleOf(question, table)),
  );
}

function ruleOf(question: SensorQuestion, table: string): ReviewRule {
  const { subject: name, found, advice, shows } = question;
  return {
    name,
    found,
    advice,
    ask: (site): Answer => {
      const routes = new Set(site.of('wallet-route').map((collection) => collection.table));
      const answer = question.ask({
        records: site
          .of('sensor')
          .filter((collection) => collection.table === table)
          .flatMap(({ records }) => records),
        isMoney: (place) => routes.has(place) || SPEAKS_OF_MONEY.test(place),
      });
      if ('notLooked' in answer) return answer;
      const { looked, wrong } = answer;
      return { looked, suspicions: wrong.map((record) => suspicion(record, shows)) };
    },
  };
}
