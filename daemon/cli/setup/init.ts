import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { installTrustRoot, type RootProposal, rootFile } from '../../../baselines/index.js';
import { errorCode } from '../../error-code.js';
import { shellWord } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { type FirstRootOptions, firstRoot } from '../trust/first-root.js';
import { readDiscovered } from './discovered-file.js';
import { configTemplate, LAYOUT, urlTemplate } from './init-config.js';
import { presetNamed } from './preset.js';

export interface InitOptions extends FirstRootOptions {
  readonly directory: string;
  readonly site: string;
  /** Name of a preset; our reference schema when absent. */
  readonly preset?: string;
  /** File that `tillwarden discover` wrote. */
  readonly discovered?: string;
}

/** There from the first file that is written to the last. */
const BEGUN = '.tillwarden-init-begun';
const ATTRIBUTES = '.gitattributes';
/** For whoever passes the folder on with git. */
const UNCHANGED = `# What people signed counts byte for byte: git must not change line ends (core.autocrlf).
* -text
`;

/** `tillwarden init`: a folder with all that the daemon needs but the database's URL. Overwrites nothing but what an interrupted run left. */
export async function runInit(context: CommandContext, options: InitOptions): Promise<number> {
  const directory = resolve(options.directory);
  const config = join(directory, LAYOUT.config);
  const trust = join(directory, LAYOUT.trust);
  const ours = [
    join(trust, rootFile(1)),
    join(directory, LAYOUT.databaseUrl),
    join(directory, LAYOUT.fingerprintKey),
  ];
  const mark = join(directory, BEGUN);
  // What an interrupted run left counts for nothing yet: no configuration pins it.
  const isAgain = existsSync(mark) && !existsSync(config);
  if (!isAgain) refuseExisting([config, ...ours]);
  if (!isName(options.site)) {
    throw new CliError(
      'CLI_USAGE',
      'the name of a site is not of the needed form: 1 to 63 of a-z, 0-9 and -, such as prague-1',
    );
  }
  if (options.preset !== undefined && options.discovered !== undefined) {
    throw new CliError('CLI_USAGE', 'what to watch is given twice: leave out --preset or --discovered');
  }
  const preset = options.preset === undefined ? undefined : presetNamed(options.preset);
  const found = options.discovered === undefined ? undefined : readDiscovered(context, options.discovered);
  const root = firstRoot(options, context.clock());
  writing(directory, () => {
    mkdirSync(join(directory, LAYOUT.baselines), { recursive: true });
    writeFileSync(mark, 'tillwarden init has begun here and not ended; run it again.\n');
    if (isAgain) for (const file of ours) rmSync(file, { force: true });
    if (!existsSync(join(directory, ATTRIBUTES))) writeNew(join(directory, ATTRIBUTES), UNCHANGED, 0o644);
    mkdirSync(join(directory, LAYOUT.secrets), { recursive: true, mode: 0o700 });
    writeNew(join(directory, LAYOUT.fingerprintKey), `${randomBytes(32).toString('hex')}\n`, 0o600);
    const source = preset?.source ?? found?.source;
    if (source === 'files') return;
    const url = urlTemplate(preset?.database ?? found?.name ?? 'cas', source);
    writeNew(join(directory, LAYOUT.databaseUrl), `${url}\n`, 0o600);
  });
  await installTrustRoot(trust, { file: rootFile(1), bytes: root.bytes, signatures: [] });
  writing(directory, () => {
    writeNew(config, configTemplate({ site: options.site, root: root.digest, preset, found }), 0o644);
    rmSync(mark, { force: true });
  });
  printNext(context, options, root, { directory, isOfFiles: preset?.source === 'files' });
  return EXIT.same;
}

function refuseExisting(files: readonly string[]): void {
  const found = files.filter((file) => existsSync(file));
  if (found.length === 0) return;
  throw new CliError(
    'CLI_FILE_EXISTS',
    `${found.join(', ')} ${found.length === 1 ? 'is' : 'are'} there already and nothing is ever overwritten; use another --directory`,
  );
}

function writeNew(file: string, text: string, mode: number): void {
  writeFileSync(file, text, { flag: 'wx', mode });
}

function writing(directory: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    throw new CliError(
      'CLI_FILE_UNWRITABLE',
      `${directory} cannot be written (${code}); make that folder as root and give it to whoever runs this, or use another --directory`,
      {
        cause: error,
      },
    );
  }
}

function printNext(
  { terminal }: CommandContext,
  { site }: InitOptions,
  { root, digest }: RootProposal,
  { directory, isOfFiles }: { readonly directory: string; readonly isOfFiles: boolean },
): void {
  const shown = relative(process.cwd(), directory) || '.';
  const at = (path: string) => join(shown, path);
  const flag = shown === '.' ? '' : ` --config ${shellWord(at(LAYOUT.config))}`;
  const names = root.people.map(({ name }) => name).join(', ');
  const needed =
    root.rules[0]?.threshold === 1
      ? 'one signature is enough'
      : 'two operators sign for all that is critical, one for terminals, settings and files';
  terminal.out(`Wrote ${at(LAYOUT.config)}, ${at(LAYOUT.trust)}/${rootFile(1)} and ${at(LAYOUT.secrets)}/.`);
  terminal.out(`Approvers: ${names}; ${needed}. Trust root sha256:${digest}`);
  terminal.out(`
Next:
  1. In ${at(LAYOUT.config)}: name ${isOfFiles ? 'your folders' : 'your tables and columns'}, and who is told.
${isOfFiles ? ofFiles(flag) : ofDatabase(flag, at(LAYOUT.databaseUrl))}
  4. See what lacks, with the command for each thing, and whether messages arrive:
       tillwarden doctor${flag}
       tillwarden notify test${flag}
  5. Each approver signs what is there, and then it is watched:
       tillwarden approve ${site}${flag}
       tillwarden run${flag}`);
}

function ofDatabase(flag: string, url: string): string {
  return `  2. The owner of the database runs what this prints, then gives the role a password:
       tillwarden sql${flag} | psql ...
  3. Put the database's URL with that password into ${url} (mode 0600).`;
}

function ofFiles(flag: string): string {
  return `  2. The owner of the machine reads and runs what this prints, so that its files can be read:
       tillwarden files-setup${flag}
  3. Leave out of the configuration what the machine does not have.`;
}

const isName = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
