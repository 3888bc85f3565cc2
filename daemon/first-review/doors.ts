import { counted } from '../wording.js';
import { type ReviewRule, suspicion } from './suspicion.js';

/** Questions about doors. Asked where doors are looked at. */
export const DOOR_RULES: readonly ReviewRule[] = [
  ofDoors({
    name: 'installation-page',
    found: (count) => `${counted(count, 'door')} where the page of a first installation answers`,
    advice: 'In August 2022 it made an administrator for anybody who asked. Close it before anything else.',
    column: 'installation',
    isWrong: (value) => value === 'answers',
  }),
  ofDoors({
    name: 'known-holes',
    found: (count) => `${counted(count, 'door')} with a version whose holes are public, or unknown`,
    advice: 'Install what the vendor fixed, and look at everything else here as if somebody had been in.',
    column: 'vulnerable',
    isWrong: (value) => value !== null && value !== 'not known to be',
  }),
];

function ofDoors(question: {
  readonly name: string;
  readonly found: (count: number) => string;
  readonly advice: string;
  readonly column: string;
  readonly isWrong: (value: string | null) => boolean;
}): ReviewRule {
  const { name, found, advice, column, isWrong } = question;
  return {
    name,
    found,
    advice,
    ask: (site) => {
      const able = site.of('door').filter(({ columns }) => columns.includes(column));
      if (able.length === 0) return { notLooked: `no doors have ${column} among their columns` };
      const records = able.flatMap((collection) => collection.records);
      const wrong = records.filter((record) => isWrong(record.text(column)));
      return { looked: records.length, suspicions: wrong.map((record) => suspicion(record, [column])) };
    },
  };
}
