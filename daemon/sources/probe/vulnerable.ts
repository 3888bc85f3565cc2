import { parse, YAMLError } from 'yaml';
import * as z from 'zod';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import { SourceError } from '../source.js';
import { KNOWN_VULNERABLE } from './known-vulnerable.js';

const NEEDED = 'numbers with dots between, in quotes';
const version = z.string(NEEDED).regex(/^\d{1,10}(\.\d{1,10}){0,5}$/, NEEDED);

const holeSchema = z.strictObject({
  /** As the hole is known: `CVE-2022-4980`. */
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, '1 to 63 of letters, digits, ., _ and -'),
  product: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, '1 to 63 of a-z, 0-9 and -'),
  /** The first version that has it. Absent: every earlier one counts. */
  from: version.optional(),
  /** Versions that mended it, one for each branch; a branch is all numbers but the last. */
  fixed: z.array(version).min(1).max(50),
  source: z.url({ protocol: /^https$/ }),
});
const fileSchema = z.array(holeSchema).max(1000);

/** A hole in versions of a product. */
export type Hole = z.infer<typeof holeSchema>;

const MAX_FILE_BYTES = 1_048_576;

/** The holes that are shipped, and those of the operator's own file. Throws `SOURCE_DOORS_FILE`. */
export function knownHoles(file: string | undefined): readonly Hole[] {
  const shipped = fileSchema.parse(parse(KNOWN_VULNERABLE));
  return file === undefined ? shipped : [...shipped, ...readHoles(file)];
}

function readHoles(file: string): readonly Hole[] {
  let written: unknown;
  try {
    written = parse(readGuardedText(file, MAX_FILE_BYTES), { maxAliasCount: 0 });
  } catch (error) {
    const found =
      error instanceof YAMLError ? 'something that is not YAML' : (errorCode(error) ?? 'unknown error');
    throw new SourceError(
      'SOURCE_DOORS_FILE',
      `vulnerableFile cannot be read: ${found}; needed is YAML (docs/probes.md)`,
    );
  }
  const holes = fileSchema.safeParse(written);
  if (holes.success) return holes.data;
  const [issue] = holes.error.issues;
  throw new SourceError(
    'SOURCE_DOORS_FILE',
    `vulnerableFile, ${issue?.path.join('.') || 'as a whole'}: ${issue?.message}; docs/probes.md shows one`,
  );
}

/** Ids of the holes that a version has, in order; null of a version that is not written in numbers. */
export function holesOf(product: string, found: string, holes: readonly Hole[]): readonly string[] | null {
  const numbers = numbersOf(found);
  if (numbers === null) return null;
  return [
    ...new Set(holes.filter((hole) => hole.product === product && has(numbers, hole)).map(({ id }) => id)),
  ].sort();
}

/** Whether a version has a hole: not before it came, and neither mended in its branch nor of a branch after all that were mended. */
function has(found: readonly number[], { from, fixed }: Hole): boolean {
  if (from !== undefined && compare(found, numbersOf(from) ?? []) < 0) return false;
  const mended = fixed.flatMap((text) => [numbersOf(text) ?? []]);
  const own = mended.find((one) => compare(branch(one), branch(found)) === 0);
  if (own !== undefined) return compare(found, own) < 0;
  return mended.some((one) => compare(branch(found), branch(one)) < 0);
}

const branch = (numbers: readonly number[]): readonly number[] => numbers.slice(0, -1);

function numbersOf(text: string): readonly number[] | null {
  if (!/^\d{1,10}(\.\d{1,10}){0,5}$/.test(text)) return null;
  const numbers = text.split('.').map(Number);
  return numbers.length === 1 ? [...numbers, 0] : numbers;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
