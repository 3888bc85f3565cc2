import { EXIT } from '../exit-code.js';

/**
 * How bad something is, the worst first: it does not work; it could not be looked at; it works, and is weaker than it should be or ends soon; it
 * is as it should be.
 */
export const SYMPTOM_LEVELS = ['broken', 'unknown', 'weak', 'good'] as const;
export type SymptomLevel = (typeof SYMPTOM_LEVELS)[number];

/** One thing that was looked at. */
export interface Symptom {
  /** The part of the set-up it is about; stable, for programs. */
  readonly area:
    | 'configuration'
    | 'machine'
    | 'files'
    | 'approvals'
    | 'database'
    | 'channels'
    | 'containment'
    | 'daemon'
    | 'certificates';
  readonly level: SymptomLevel;
  /** In our words, configured names and numbers. */
  readonly found: string;
  /** What to do, in words; null when nothing is to be done, or the command says it. */
  readonly advice: string | null;
  /** What to type at a shell; null when it is not one command. */
  readonly command: string | null;
  /** What the owner of the watched database runs there; null when nothing is to be run. */
  readonly statement: string | null;
  /** Of what is as it should be: how it stands in the one line about its source, site or part. Null of all else, which stands by itself. */
  readonly folded: Folded | null;
}

interface Folded {
  /** What the line is about: `prague-1/cas`, `machine`. */
  readonly about: string;
  /** A word or two. */
  readonly brief: string;
}

type Remedy = Partial<Pick<Symptom, 'advice' | 'command' | 'statement'>>;

/** Makes the symptoms of one area. */
export function symptomsOf(area: Symptom['area']) {
  const make =
    (level: SymptomLevel) =>
    (found: string, { advice = null, command = null, statement = null }: Remedy = {}): Symptom => ({
      ...{ area, level, found, advice, command, statement },
      folded: null,
    });
  const good = (found: string, brief: string, about: string = area): Symptom => ({
    ...make('good')(found),
    folded: { about, brief },
  });
  return { broken: make('broken'), unknown: make('unknown'), weak: make('weak'), good };
}

/** What is said of symptoms: all that is wrong, and what is as it should be in one line for each thing that it is about. */
export function foldGood(
  symptoms: readonly Symptom[],
): readonly (Pick<Symptom, 'level' | 'found'> & Remedy)[] {
  const lines = new Map<string, string[]>();
  for (const { folded } of symptoms) {
    if (folded !== null) lines.set(folded.about, [...(lines.get(folded.about) ?? []), folded.brief]);
  }
  return [
    ...symptoms.filter(({ folded }) => folded === null),
    ...[...lines].map(([about, briefs]) => ({
      level: 'good' as const,
      found: `${about}: ${briefs.join(', ')}`,
    })),
  ];
}

const EXITS: Readonly<Record<SymptomLevel, number>> = {
  broken: EXIT.configuration,
  unknown: EXIT.unknown,
  weak: EXIT.drifted,
  good: EXIT.same,
};

/** The worst first; what is alike in the order of the looking. */
export function worstSymptomsFirst(symptoms: readonly Symptom[]): Symptom[] {
  return SYMPTOM_LEVELS.flatMap((level) => symptoms.filter((one) => one.level === level));
}

/** With what `doctor` ends, by the worst. */
export function exitOfSymptoms(symptoms: readonly Symptom[]): number {
  const [worst] = worstSymptomsFirst(symptoms);
  return worst === undefined ? EXIT.unknown : EXITS[worst.level];
}
