import * as z from 'zod';
import { decodeValue } from '../../../baselines/index.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import { counted, grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { refusal } from '../suppress/expectation-file.js';
import { asciiJson } from '../text/json.js';

/** A site of 100,000 records is a tenth of it. */
const MAX_BYTES = 256 * 1024 * 1024;
const encoded = z.string().nullable();

/** What `snapshot --json --records` prints of one site. Values are encoded, as in records files. */
const snapshotSchema = z.object({
  sites: z
    .array(
      z.object({
        site: z.string(),
        collections: z.array(
          z.discriminatedUnion('readable', [
            z.object({ readable: z.literal(false), collection: z.string() }),
            z.object({
              readable: z.literal(true),
              collection: z.string(),
              key: z.array(z.string()),
              history: z.boolean(),
              records: z.array(z.object({ key: z.array(encoded), fields: z.record(z.string(), encoded) })),
            }),
          ]),
        ),
      }),
    )
    .length(1),
});

type Collection = Extract<
  z.infer<typeof snapshotSchema>['sites'][number]['collections'][number],
  { readable: true }
>;
type TakenRecord = Collection['records'][number];
type Verb = 'appears' | 'changes' | 'vanishes';
/** An entry of an expectation file, as `tillwarden expect --file` reads it. */
type Entry = { readonly collection: string } & {
  readonly [verb in Verb]?: Readonly<Record<string, string | null>>;
};

/** What differs between two snapshots of one collection, and what of it nobody can announce. */
interface CollectionDiff {
  readonly collection: string;
  readonly counts: Readonly<Record<Verb, number>>;
  readonly entries: readonly Entry[];
  /** In our words, with configured names. */
  readonly leftOut: readonly string[];
}

/**
 * `tillwarden snapshot --diff`: what was written differently between two snapshots that were printed with `--json --records`, or the same as an
 * expectation file: what an upgrade of the vendor does to a copy is what it will do to the server.
 */
export async function diffSnapshots(
  { terminal }: CommandContext,
  files: { readonly before: string; readonly after: string | undefined },
  asExpectation: boolean,
): Promise<number> {
  if (files.after === undefined) {
    throw new CliError('CLI_USAGE', '--diff needs two files: snapshot --diff before.json after.json');
  }
  const [before, after] = [takenFrom(files.before), takenFrom(files.after)];
  if (before.site !== after.site) {
    throw refusal('the two files', 'they are of two sites; needed are two snapshots of one');
  }
  const names = [...new Set([...before.collections.keys(), ...after.collections.keys()])];
  const diffs = names.map((name) => {
    const [was, is] = [before.collections.get(name), after.collections.get(name)];
    if (was && is) return diffCollections(was, is);
    throw refusal(name, 'it stands in one of the two files; needed are snapshots by one configuration');
  });
  const entries = diffs.flatMap((one) => one.entries);
  if (asExpectation) terminal.out(asciiJson(entries));
  else for (const one of diffs) if (total(one) > 0) terminal.out(diffLine(one));
  for (const one of diffs.flatMap(({ leftOut }) => leftOut)) terminal.note(`left out: ${one}`);
  if (!asExpectation && entries.length === 0) terminal.out('Nothing differs.');
  return diffs.some((one) => total(one) > 0) ? EXIT.drifted : EXIT.same;
}

function takenFrom(file: string): { site: string; collections: ReadonlyMap<string, Collection> } {
  let json: unknown;
  try {
    json = JSON.parse(readGuardedText(file, MAX_BYTES));
  } catch (error) {
    const code = error instanceof SyntaxError ? 'no JSON' : (errorCode(error) ?? 'error');
    throw refusal(file, `cannot be read (${code}); needed is what "snapshot --json --records" prints`, error);
  }
  const read = snapshotSchema.safeParse(json);
  const site = read.data?.sites[0];
  if (site === undefined) {
    const needed = 'needed is one site of "tillwarden snapshot <site> --json --records" of this version';
    throw refusal(file, `is no snapshot of one site with its records; ${needed}`, read.error);
  }
  const collections = new Map<string, Collection>();
  for (const one of site.collections) {
    if (!one.readable) {
      throw refusal(
        file,
        `${one.collection} could not be read when it was taken, so nobody knows what changed there`,
      );
    }
    collections.set(one.collection, one);
  }
  return { site: site.site, collections };
}

function diffCollections(before: Collection, after: Collection): CollectionDiff {
  const [was, is] = [byKey(before), byKey(after)];
  const counts = { appears: 0, changes: 0, vanishes: 0 };
  const entries: Entry[] = [];
  const left = new Map<string, number>();
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const [old, now] = [was.get(key) ?? [], is.get(key) ?? []];
    if (JSON.stringify(old) === JSON.stringify(now)) continue;
    const verb = old.length === 0 ? 'appears' : now.length === 0 ? 'vanishes' : 'changes';
    // A row that is added to a history is no change, wherever it happens.
    if (verb === 'appears' && after.history) continue;
    counts[verb]++;
    const values =
      old.length > 1 || now.length > 1 ? 'that share a key' : valuesOf(verb, after.key, old[0], now[0]);
    if (typeof values === 'string') left.set(values, (left.get(values) ?? 0) + 1);
    else entries.push({ collection: after.collection, [verb]: values });
  }
  return {
    collection: after.collection,
    counts,
    entries,
    leftOut: [...left].map(
      ([why, count]) =>
        `${after.collection}: ${grouped(count, 'record')} ${why}; approve what is there afterwards`,
    ),
  };
}

function byKey({ records }: Collection): ReadonlyMap<string, TakenRecord[]> {
  const all = new Map<string, TakenRecord[]>();
  for (const record of records) {
    const key = JSON.stringify(record.key);
    all.set(key, [...(all.get(key) ?? []), record]);
  }
  return all;
}

/** The values of an entry, as the database writes them; or why nobody can announce them, after "3 records". */
function valuesOf(
  verb: Verb,
  names: readonly string[],
  before: TakenRecord | undefined,
  after: TakenRecord | undefined,
): Record<string, string | null> | string {
  const key = (after ?? before)?.key ?? [];
  const values = new Map<string, string | null>();
  for (const [i, name] of names.entries()) {
    const part = writtenValue(key[i] ?? null);
    if (typeof part !== 'object' || part.text === null) return 'whose key is sealed, too long or none';
    values.set(name, part.text);
  }
  if (verb === 'vanishes') return Object.fromEntries(values);
  for (const [name, value] of Object.entries(after?.fields ?? {})) {
    if (verb === 'changes' && before?.fields[name] === value) continue;
    const written = writtenValue(value);
    if (typeof written === 'object') values.set(name, written.text);
    else if (written === 'sealed' && verb === 'appears') values.set(name, 'set');
    else
      return written === 'sealed'
        ? 'of which a sealed value changes'
        : 'with a value that is carried as its digest';
  }
  return Object.fromEntries(values);
}

function writtenValue(value: string | null): { readonly text: string | null } | 'sealed' | 'digest' {
  if (value === null) return { text: null };
  const decoded = decodeValue(value);
  if (decoded.form === 'text') return { text: decoded.text };
  return decoded.form === 'hmac' ? 'sealed' : 'digest';
}

function total({ counts }: CollectionDiff): number {
  return counts.appears + counts.changes + counts.vanishes;
}

function diffLine({ collection, counts }: CollectionDiff): string {
  const { appears, changes, vanishes } = counts;
  return `${collection.padEnd(20)} ${counted(appears, 'record')} more, ${changes} changed, ${vanishes} gone`;
}
