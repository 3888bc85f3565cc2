import { writeFileSync } from 'node:fs';
import {
  MAX_AUTHORS,
  MAX_COLLECTIONS,
  MAX_KEY_COLUMNS,
  MAX_NAME,
  MAX_TABLE_COLUMNS,
} from '../../config/schema.js';
import { suggest } from '../../discover/suggest.js';
import { suggestionText } from '../../discover/suggestion-text.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import { PRESETS } from '../../presets/index.js';
import { sourceKinds } from '../../sources/index.js';
import { sensorName } from '../../sources/sensor.js';
import type { Survey, Surveyor, SurveyProgress } from '../../sources/survey.js';
import { counted, duration } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { LAYOUT } from '../setup/init-config.js';

export interface DiscoverOptions {
  readonly urlFile?: string;
  /** Milliseconds. */
  readonly watch: number;
  readonly out?: string;
  readonly name?: string;
  readonly tlsCaFile?: string;
  readonly allowUnverifiedTls?: boolean;
  readonly allowSuperuser?: boolean;
}

const MAX_URL_BYTES = 8192;
const SOURCE_NAME = /^[a-z][a-z0-9-]{0,54}$/;

/** `tillwarden discover`: looks at a database and writes what could be watched there. */
export async function runDiscover(
  context: CommandContext,
  options: DiscoverOptions,
  argument: string | undefined,
): Promise<number> {
  if (options.name !== undefined && !SOURCE_NAME.test(options.name)) {
    throw new CliError(
      'CLI_USAGE',
      'the name of a source is not of the needed form: 1 to 55 of a-z, 0-9 and -, a letter first',
    );
  }
  const url = urlOf(context, options, argument);
  const surveyor = surveyorOf(context, url);
  if (options.allowUnverifiedTls) {
    context.terminal.note(
      'note: the server is not verified: whoever answers in its place is given the password',
    );
  }
  const survey = await runSurvey(context, surveyor, options, url);
  const name = options.name ?? sourceNameOf(survey.database);
  const limits = {
    collections: MAX_COLLECTIONS,
    columns: MAX_TABLE_COLUMNS,
    keyColumns: MAX_KEY_COLUMNS,
    authors: MAX_AUTHORS,
    nameCharacters: MAX_NAME,
  };
  const suggestions = suggest(survey, limits, [sensorName(name)]);
  const urlForm = `${surveyor.protocols[0]}//user:password@host:port/database`;
  const text = suggestionText(survey, suggestions, { name, urlForm, urlFile: `./${LAYOUT.databaseUrl}` });
  if (options.out === undefined) context.terminal.out(text.trimEnd());
  else writeNew(options.out, text);
  tell(context, suggestions.suggested.length, survey, options.out);
  for (const preset of presetsThatFit(survey)) {
    context.terminal.note(
      `The tables of the preset ${preset} are there, which knows what they mean: tillwarden init --preset ${preset}`,
    );
  }
  return EXIT.same;
}

function urlOf(
  { env, terminal }: CommandContext,
  { urlFile }: DiscoverOptions,
  argument: string | undefined,
): string {
  if (argument !== undefined && urlFile !== undefined) {
    throw new CliError('CLI_USAGE', 'the URL is given twice: leave out --url-file or the argument');
  }
  if (argument !== undefined) {
    if (/^[a-z]+:\/\/[^/@]*:[^/@]+@/.test(argument)) {
      terminal.note(
        'note: every user of this machine sees the password of a command line; --url-file keeps it to you',
      );
    }
    return argument;
  }
  const found = urlFile === undefined ? env['TILLWARDEN_DISCOVER_URL'] : readUrl(urlFile);
  if (found !== undefined && found !== '') return found;
  throw new CliError(
    'CLI_USAGE',
    'no database is named; needed is its URL in --url-file, $TILLWARDEN_DISCOVER_URL or as the argument',
  );
}

function readUrl(file: string): string {
  try {
    return readGuardedText(file, MAX_URL_BYTES).trim();
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    throw new CliError(
      'CLI_USAGE',
      `--url-file cannot be read (${code}); needed is a file that holds the URL alone`,
      {
        cause: error,
      },
    );
  }
}

function surveyorOf({ sourceKinds: kinds = sourceKinds }: CommandContext, url: string): Surveyor {
  const surveyors = [...kinds.values()].flatMap(({ surveyor }) => surveyor ?? []);
  const found = surveyors.find(({ protocols }) =>
    protocols.some((protocol) => url.startsWith(`${protocol}//`)),
  );
  if (found !== undefined) return found;
  const forms = surveyors.map(({ protocols }) => `${protocols[0]}//…`).join(' or ');
  throw new CliError('CLI_USAGE', `the URL is of no database that can be looked at; needed is ${forms}`);
}

async function runSurvey(
  { terminal }: CommandContext,
  surveyor: Surveyor,
  options: DiscoverOptions,
  url: string,
): Promise<Survey> {
  const { watch: watchMs, tlsCaFile, allowUnverifiedTls = false, allowSuperuser = false } = options;
  const ended = new AbortController();
  const end = () => ended.abort();
  process.once('SIGINT', end);
  try {
    return await surveyor.survey({
      ...{ url, watchMs, allowUnverifiedTls, allowSuperuser, signal: ended.signal },
      ...(tlsCaFile === undefined ? {} : { tlsCaFile }),
      onProgress: (progress) => terminal.status(progressText(progress)),
    });
  } finally {
    terminal.status(null);
    process.removeListener('SIGINT', end);
  }
}

function progressText(progress: SurveyProgress): string {
  if (progress.stage === 'looking') return `looking at table ${progress.done + 1} of ${progress.tables}`;
  const { leftMs, moved } = progress;
  return `watching for ${duration(Math.ceil(leftMs / 1000) * 1000)} more: ${counted(moved, 'table')} changed by itself so far (Ctrl-C ends it)`;
}

/** A name of a source out of that of a database. */
function sourceNameOf(database: string): string {
  const plain = database
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '')
    .slice(0, 55);
  return SOURCE_NAME.test(plain) ? plain : 'database';
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    if (code === 'EEXIST') {
      throw new CliError(
        'CLI_FILE_EXISTS',
        `${file} is there already and nothing is ever overwritten; use another --out`,
      );
    }
    throw new CliError('CLI_FILE_UNWRITABLE', `${file} cannot be written (${code}); check its folder`, {
      cause: error,
    });
  }
}

function tell(
  { terminal }: CommandContext,
  suggested: number,
  survey: Survey,
  out: string | undefined,
): void {
  const tables = counted(survey.tables.length + survey.beyond, 'table');
  terminal.note(
    `${counted(suggested, 'collection')} suggested of ${tables}${out === undefined ? '' : `, in ${out}`}. Read every line marked UNSURE.`,
  );
  if (suggested === 0) return;
  terminal.note(
    out === undefined
      ? 'With --out it is written into a file, which "tillwarden init --discovered" makes a configuration of.'
      : `Next: tillwarden init --discovered ${out} --key KEY.pub --name YOU`,
  );
}

/** Names of the presets all of whose tables are there. */
function presetsThatFit({ kind, tables }: Survey): string[] {
  const found = new Set(tables.map(({ table }) => table));
  return [...PRESETS.values()]
    .filter(({ source }) => source === kind)
    .filter(({ collections }) =>
      [...collections.matchAll(/^ {2}table: (.+)$/gm)].every(([, table]) => found.has(table ?? '')),
    )
    .map(({ name }) => name);
}
