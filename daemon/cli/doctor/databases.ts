import type { Definition } from '../../../baselines/index.js';
import { unknownBecause } from '../../alerts/words.js';
import type {
  ConfigWithSources,
  SiteConfigWithSecrets,
  SourceConfigWithSecrets,
} from '../../config/config.js';
import type { Shortfall, SourceExamination } from '../../sources/examination.js';
import { type CollectionReading, type Source, SourceError } from '../../sources/source.js';
import { sourceKindOf } from '../../sources/source-kind.js';
import { grouped, shellWord } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { unmatchedText } from '../text/unmatched-text.js';
import { type Symptom, symptomsOf } from './symptom.js';

const { broken, weak, good } = symptomsOf('database');

/** How long hints may take to begin, in milliseconds. */
const HINTS_LIMIT_MS = 10_000;
/** Clocks further apart than this make times in alerts and signatures doubtful; at ten minutes what people sign is refused. In milliseconds. */
const CLOCK_APART_MS = 30_000;

/** Every source of the site: the connection, what its account may and may not do, what is missing there, its clock, and whether hints arrive. */
export async function examineDatabases(
  context: CommandContext,
  config: ConfigWithSources,
  site: SiteConfigWithSecrets,
): Promise<Symptom[]> {
  const symptoms: Symptom[] = [];
  for (const source of site.sources) {
    const name = `${site.name}/${source.name}`;
    const look = examineSource(context, config, site, source, name);
    symptoms.push(...(await context.terminal.progress(`looking at ${name}`, look)));
  }
  return symptoms;
}

async function examineSource(
  { clock }: CommandContext,
  config: ConfigWithSources,
  site: SiteConfigWithSecrets,
  settings: SourceConfigWithSecrets,
  name: string,
): Promise<Symptom[]> {
  const kind = sourceKindOf(config.sourceKinds, settings.kind);
  const context = {
    site: site.name,
    name: settings.name,
    collections: settings.collections,
    fingerprintKey: config.fingerprintKey,
    // What went wrong stands in the symptoms.
    log: () => undefined,
    clock,
  };
  const source = kind.create(context, settings.config);
  const symptoms: Symptom[] = [];
  try {
    const examined = await kind.examine?.(context, settings.config);
    if (examined !== undefined && 'detail' in examined) {
      const advice = examined.denied
        ? `if the account is not there yet, run what "tillwarden sql" prints; give it a password, and put that one into the url of source ${settings.name}`
        : `correct the url of source ${settings.name}, or let the server answer`;
      return [broken(`${name}: ${examined.detail}`, { advice })];
    }
    const sql = sqlCommand(site, settings, examined?.role);
    if (examined !== undefined) symptoms.push(...examinationSymptoms(name, examined, sql, clock()));
    const degradations = await source.open();
    symptoms.push(...degradations.map(({ code, message }) => weak(`${name}: ${code}: ${message}`)));
    const { collections } = await source.read();
    const told = new Set(toldOf(examined?.shortfalls ?? [], settings.collections));
    symptoms.push(...collectionSymptoms(name, collections, told), ...(await hintSymptoms(name, source, sql)));
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    symptoms.push(broken(`${error.code}: ${error.message}`));
  } finally {
    await source.close();
  }
  return symptoms;
}

function examinationSymptoms(
  name: string,
  { server, role, clock, connections, shortfalls }: SourceExamination,
  sql: string,
  nowMs: number,
): Symptom[] {
  return [
    good(`${name}: ${server} answers, and lets in ${role}`, server, name),
    ...(clock === null ? [] : [clockSymptom(name, clock, nowMs)]),
    ...(connections === null ? [] : [connectionSymptom(name, role, connections)]),
    ...shortfalls.map((one) => shortfallSymptom(name, one, sql)),
  ];
}

function clockSymptom(
  name: string,
  { serverMs, tookMs }: NonNullable<SourceExamination['clock']>,
  nowMs: number,
): Symptom {
  const apartMs = Math.max(0, Math.abs(serverMs - nowMs) - tookMs);
  const advice = 'let both machines take their time from NTP';
  return apartMs < CLOCK_APART_MS
    ? good(`${name}: its clock and ours agree`, 'clock', name)
    : weak(`${name}: its clock and ours are ${grouped(Math.round(apartMs / 1000), 'second')} apart`, {
        advice,
      });
}

/** A reload and a person's command open two more each. */
function connectionSymptom(
  name: string,
  role: string,
  { open, allowed }: NonNullable<SourceExamination['connections']>,
): Symptom {
  const found = `${name}: ${open} of the ${allowed} connections that ${role} may open are open`;
  return allowed - open >= 2
    ? good(found, 'connections', name)
    : weak(found, {
        advice:
          'let the owner of the database raise the limit of the account; "tillwarden sql" does it for its databases',
      });
}

function shortfallSymptom(name: string, shortfall: Shortfall, sql: string): Symptom {
  const found = `${name}: ${shortfall.what}`;
  return (shortfall.needed ? broken : weak)(found, shortfallRemedy(shortfall, sql));
}

function shortfallRemedy({ statement, absent }: Shortfall, sql: string) {
  if (absent) return { advice: 'correct that name in the configuration, or put it back into the database' };
  return statement === null ? { command: sql } : { statement };
}

/** Collections that a shortfall has been told of: that they cannot be read either says the same again. */
function toldOf(shortfalls: readonly Shortfall[], collections: readonly Definition[]): string[] {
  const tables = new Set(shortfalls.filter(({ needed }) => needed).map(({ table }) => table));
  return collections.filter(({ table }) => tables.has(table)).map(({ name }) => name);
}

function collectionSymptoms(
  name: string,
  readings: ReadonlyMap<string, CollectionReading>,
  told: ReadonlySet<string>,
): Symptom[] {
  // By name: which was read first says nothing.
  const named = [...readings].sort(([a], [b]) => (a < b ? -1 : 1));
  const read = named.flatMap(([collection, one]) =>
    one.readable ? [[collection, one.snapshot.records.length] as const] : [],
  );
  return [
    ...named.flatMap(([collection, one]) =>
      one.readable || (told.has(collection) && (one.cause === 'missing' || one.cause === 'denied'))
        ? []
        : [broken(`${name}: ${collection}: ${unknownBecause(one.cause)} (${one.detail})`)],
    ),
    ...named.flatMap(([collection, one]) =>
      one.readable && one.unmatched?.noRow === true
        ? [weak(`${name}: ${unmatchedText(collection, one.unmatched)}`)]
        : [],
    ),
    ...(read.length === 0
      ? []
      : [
          good(
            `${name}: reads ${read.map(([collection, count]) => `${collection} (${count})`).join(', ')}`,
            `reads ${grouped(read.length, 'collection')}`,
            name,
          ),
        ]),
  ];
}

/** Whether a change would be heard. Nothing when the source has no hints by its configuration. */
async function hintSymptoms(name: string, source: Source, sql: string): Promise<Symptom[]> {
  if (!source.hasHints) return [];
  const reason = await new Promise<string | null>((resolve) => {
    let last = `nothing was heard within ${HINTS_LIMIT_MS / 1000} s`;
    const limit = setTimeout(() => resolve(last), HINTS_LIMIT_MS);
    source.watch((hint) => {
      // It may be heard at the next try; what it said last is told when it is not.
      if (hint.type === 'disconnected') last = hint.reason;
      if (hint.type !== 'listening') return;
      clearTimeout(limit);
      resolve(null);
    });
  });
  if (reason === null) return [good(`${name}: a change there is heard at once`, 'hears changes', name)];
  return [weak(`${name}: changes are not heard at once: ${reason}`, { command: sql })];
}

/** What prints the statements for the owner, with what it must be told here. */
function sqlCommand(
  site: Pick<SiteConfigWithSecrets, 'name'>,
  source: Pick<SourceConfigWithSecrets, 'name'>,
  role: string | undefined,
): string {
  const as = role === undefined || role === 'tillwarden' ? '' : ` --role ${shellWord(role)}`;
  return `tillwarden sql --site ${site.name} --source ${source.name}${as}`;
}
