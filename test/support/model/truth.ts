import type pg from 'pg';
import { decodeValue, encodeValue, sha256Hex } from '../../../baselines/index.js';
import type { Finding } from '../../../daemon/finding.js';
import type { StoreReader } from '../../../daemon/store/store.js';
import { WATCHED, type WatchedName } from './scene.js';

/** The rows of a watched table by the canonical text of their key, each as a digest; null: our role could not read them. */
type Rows = ReadonlyMap<string, readonly string[]> | null;
export type Truth = ReadonlyMap<WatchedName, Rows>;

/** What stands in the database, as its superuser sees it: none of the daemon's code reads it. `locked`: nobody can look there. */
export async function truthOf(
  look: pg.Client,
  reader: string,
  locked: ReadonlySet<WatchedName>,
): Promise<Truth> {
  const truth = new Map<WatchedName, Rows>();
  for (const one of WATCHED)
    truth.set(one.name, locked.has(one.name) ? null : await rowsOf(look, reader, one));
  return truth;
}

async function rowsOf(
  look: pg.Client,
  reader: string,
  { name, key, columns }: (typeof WATCHED)[number],
): Promise<Rows> {
  const wanted = [key, ...columns];
  const seen = await look.query<{ n: number }>(
    `select count(*)::int as n from pg_class c join pg_namespace s on s.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = any($1)
     where s.nspname = 'shop' and c.relname = $2 and c.relkind = 'r' and not c.relrowsecurity
     and has_schema_privilege($3, s.oid, 'usage') and has_column_privilege($3, c.oid, a.attnum, 'select')`,
    [wanted, name, reader],
  );
  if (seen.rows[0]?.n !== wanted.length) return null;
  const text = (column: string) =>
    `coalesce('=' || encode(textsend(${column}${column === 'extra' ? '::jsonb' : ''}::text), 'hex'), 'null')`;
  const { rows } = await look.query<{ key: string | null; bytes: Buffer | null; line: string }>(
    `select textsend(${key}::text) as bytes, md5(concat_ws(' ', ${wanted.map(text).join(', ')})) as line from shop.${name}`,
  );
  const byKey = new Map<string, string[]>();
  for (const { bytes, line } of rows) {
    const canonical = JSON.stringify([bytes === null ? null : keyOf(bytes)]);
    byKey.set(canonical, [...(byKey.get(canonical) ?? []), line]);
  }
  return byKey;
}

/** What is no text, or too long, stands as its length and digest. */
function keyOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (bytes.length <= 65_536 && Buffer.from(text, 'utf8').equals(bytes))
    return encodeValue({ form: 'text', text });
  return encodeValue({ form: 'digest', bytes: bytes.length, sha256: sha256Hex(bytes) });
}

/** The keys of a table whose rows are not as people signed them, with how many rows each has now. */
export function differing(signed: Truth, now: Truth, name: WatchedName): ReadonlyMap<string, number> {
  const [was, is] = [signed.get(name), now.get(name)];
  const keys = new Map<string, number>();
  if (!was || !is) throw new RangeError(`${name} is not readable`);
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const [before = [], after = []] = [was.get(key), is.get(key)];
    const same = before.length === 1 && after.length === 1 && before[0] === after[0] && key !== '[null]';
    if (!same) keys.set(key, after.length);
  }
  return keys;
}

/** Everything the store says otherwise than the model, one line each; none when they agree. */
export function disagreements(store: StoreReader, site: string, signed: Truth, now: Truth): string[] {
  const open = store.findings.open(site);
  return WATCHED.flatMap(({ name }) => {
    const mine = open.filter(({ subject }) => 'collection' in subject && subject.collection === name);
    const unknown = mine.filter(({ subject }) => subject.what === 'unknown');
    if (now.get(name) === null)
      return unknown.some(isTold) ? [] : [`${name}: nobody can read it, and nobody was told`];
    return [
      ...unknown.map(() => `${name}: told as unknown although it can be read`),
      ...changesAgree(name, mine, differing(signed, now, name)),
      ...observedAgrees(store, site, name, now),
    ];
  });
}

const isTold = ({ notifiedMs }: Finding) => notifiedMs !== null;
/** Changes of one collection that are listed; more are counted (`MOST_CHANGES`). */
const LISTED = 1_000;

function changesAgree(
  name: string,
  found: readonly Finding[],
  expected: ReadonlyMap<string, number>,
): string[] {
  const said = new Map<string, Finding>();
  const mass = found.find(({ subject }) => subject.what === 'mass-change');
  for (const finding of found) {
    if (finding.subject.what === 'change') said.set(finding.subject.key, finding);
  }
  const wrong: string[] = [];
  for (const [key, finding] of said) {
    const rows = expected.get(key);
    const { subject } = finding;
    if (rows === undefined) wrong.push(`${name}: ${shown(key)} is as signed and told as changed`);
    else if (subject.what === 'change' && subject.after.length !== rows)
      wrong.push(`${name}: ${shown(key)} has ${rows} rows, ${subject.after.length} told`);
    if (!isTold(finding)) wrong.push(`${name}: ${shown(key)} was found and not told`);
  }
  if (expected.size > LISTED) {
    const counted = mass?.subject.what === 'mass-change' ? Object.values(mass.subject.counts) : [];
    const sum = counted.reduce((all, one) => all + one, 0);
    if (sum !== expected.size) wrong.push(`${name}: ${expected.size} records differ, ${sum} counted`);
    return wrong;
  }
  if (mass) wrong.push(`${name}: counted although ${expected.size} differ`);
  for (const key of expected.keys()) if (!said.has(key)) wrong.push(`${name}: ${shown(key)} is not told`);
  return wrong;
}

function observedAgrees(store: StoreReader, site: string, name: WatchedName, now: Truth): string[] {
  const lines = store.observed.lines(site, name)?.length ?? -1;
  const rows = [...(now.get(name)?.values() ?? [])].reduce((sum, one) => sum + one.length, 0);
  return lines === rows ? [] : [`${name}: has ${rows} rows, ${lines} are remembered`];
}

function shown(key: string): string {
  const value: unknown = JSON.parse(key)[0];
  return typeof value === 'string' ? JSON.stringify(decodeValue(value)).slice(0, 80) : 'the null key';
}
