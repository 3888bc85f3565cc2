import type { Definition } from '../../baselines/index.js';
import type { SeverityRule } from '../policy/severity.js';
import type { SourceKinds } from '../sources/source-kind.js';
import { namesMeant, shown } from './issues.js';
import type { ConfigReading } from './reading.js';

/** Refuses a rule whose collection or field does not exist: it would be without effect, silently (invariant 10). */
export function checkRules(
  reading: ConfigReading,
  rules: readonly SeverityRule[],
  definitions: readonly Definition[],
  kinds: SourceKinds,
): void {
  const reachingKinds = [...kinds].flatMap(([name, { sensor }]) => (sensor?.saysReach ? name : []));
  const reaching = new Set(
    [...kinds.values()].flatMap(({ sensor }) => (sensor?.saysReach ? sensor.table : [])),
  );
  for (const [index, rule] of rules.entries()) {
    const { kind, collection, field, object, schema } = rule;
    const refuse = (
      part: 'collection' | 'kind' | 'field' | 'object' | 'schema',
      candidates: readonly string[],
    ) => {
      reading.problem(['rules', index, part], shown(rule[part]), namesMeant(candidates, rule[part]));
    };
    const named = definitions.filter(({ name }) => collection === undefined || name === collection);
    const ranked = named.filter((definition) => kind === undefined || definition.kind === kind);
    const fields = distinct(ranked.flatMap(({ columns }) => columns));
    if (named.length === 0) refuse('collection', distinct(definitions.map(({ name }) => name)));
    else if (collection !== undefined && ranked.length === 0) refuse('kind', distinct(named.map(kindOf)));
    else if (field !== undefined && ranked.length > 0 && !fields.includes(field)) refuse('field', fields);
    const part = object !== undefined ? 'object' : schema !== undefined ? 'schema' : null;
    const sensors = (kind ?? 'sensor') === 'sensor' ? named.filter((one) => one.kind === 'sensor') : [];
    if (part === null) continue;
    if (sensors.length === 0) refuse(part, ['kind: sensor']);
    else if (!sensors.some(({ table }) => reaching.has(table)))
      refuse(part, [`the sensor of a source of kind ${reachingKinds.join(' or ')}`]);
  }
}

const kindOf = (definition: Definition): string => definition.kind;
const distinct = (names: readonly string[]): string[] => [...new Set(names)];
