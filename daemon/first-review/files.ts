import { counted } from '../wording.js';
import { type ReviewedRecord, type ReviewRule, suspicion } from './suspicion.js';

/** Collections from which a server starts what lies there, by the name that their operator gave them. */
const DEPLOYED = /deploy|extension|plugin|webapp|autostart/i;
/** Programs and what servers take for programs. */
const PROGRAM = /\.(?:war|jar|ear|sh|so|py|pl|php|jsp|class)$/i;
const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;
const SET_ID = 0o6000;

/** Questions about files. Asked where files are watched. */
export const FILE_RULES: readonly ReviewRule[] = [
  ofFiles({
    name: 'deployed-programs',
    found: (count) => `${counted(count, 'program')} in a folder from which a server starts what lies there`,
    advice: 'Compare each with the package that the vendor sent: in March 2023 one of these was the thief’s.',
    shows: ['sha256', 'modified', 'owner'],
    isWrong: (record, mode) =>
      DEPLOYED.test(record.collection.name) &&
      record.text('type') === 'file' &&
      (PROGRAM.test(record.key[0] ?? '') || (mode & 0o111) !== 0),
  }),
  ofFiles({
    name: 'world-writable',
    found: (count) => `${counted(count, 'file')} that everybody on the machine may change`,
    advice: 'Whoever gets in as anybody can change these. Take the right away: chmod o-w.',
    shows: ['mode', 'owner'],
    isWrong: (record, mode) =>
      record.text('type') !== 'link' &&
      (mode & WORLD_WRITABLE) !== 0 &&
      !(record.text('type') === 'directory' && (mode & STICKY) !== 0),
  }),
  ofFiles({
    name: 'set-id',
    found: (count) => `${counted(count, 'program')} that run with the rights of their owner or group`,
    advice: 'A forgotten one makes its owner of whoever starts it. Do you know what each is for?',
    shows: ['mode', 'owner', 'group'],
    isWrong: (record, mode) => record.text('type') === 'file' && (mode & SET_ID) !== 0,
  }),
];

function ofFiles(question: {
  readonly name: string;
  readonly found: (count: number) => string;
  readonly advice: string;
  readonly shows: readonly string[];
  readonly isWrong: (record: ReviewedRecord, mode: number) => boolean;
}): ReviewRule {
  const { name, found, advice, shows, isWrong } = question;
  return {
    name,
    found,
    advice,
    ask: (site) => {
      const able = site
        .of('file')
        .filter(({ columns }) => columns.includes('mode') && columns.includes('type'));
      if (able.length === 0) return { notLooked: 'no watched files have type and mode among their columns' };
      const records = able.flatMap((collection) => collection.records);
      const wrong = records.filter((record) =>
        isWrong(record, Number.parseInt(record.text('mode') ?? '0', 8)),
      );
      return {
        looked: records.length,
        suspicions: wrong.map((record) =>
          suspicion(
            record,
            shows.filter((column) => record.collection.columns.includes(column)),
          ),
        ),
      };
    },
  };
}
