import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import {
  installTrustRoot,
  type Person,
  ROOT_FORMAT,
  type Rule,
  rootFile,
  sha256Hex,
  trustRootBytes,
} from '../../baselines/index.js';
import type { CommandContext } from './command.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-code.js';
import { configTemplate, LAYOUT, URL_TEMPLATE } from './init-config.js';
import { readPublicKey } from './signer.js';

export interface InitOptions {
  /** Public keys of the approvers, in the order of `name`. */
  readonly key: readonly string[];
  readonly name: readonly string[];
  readonly directory: string;
  readonly site: string;
}

const ROLE = 'operator';
const ROOT_DAYS = 365;
const DAY_MS = 86_400_000;

/** `tillwarden init`: a folder with all that the daemon needs but the database's URL. Never overwrites anything. */
export async function init(context: CommandContext, options: InitOptions): Promise<number> {
  const people = peopleOf(options);
  const directory = resolve(options.directory);
  const config = join(directory, LAYOUT.config);
  const trust = join(directory, LAYOUT.trust);
  refuseExisting([
    config,
    join(trust, rootFile(1)),
    join(directory, LAYOUT.databaseUrl),
    join(directory, LAYOUT.fingerprintKey),
  ]);
  if (!isName(options.site)) {
    throw new CliError('CLI_USAGE', 'the name of a site is 1 to 63 of a-z, 0-9 and -');
  }
  const root = firstRoot(people, context.clock());
  writing(directory, () => {
    mkdirSync(join(directory, LAYOUT.baselines), { recursive: true });
    mkdirSync(join(directory, LAYOUT.secrets), { recursive: true, mode: 0o700 });
    writeNew(join(directory, LAYOUT.fingerprintKey), `${randomBytes(32).toString('hex')}\n`, 0o600);
    writeNew(join(directory, LAYOUT.databaseUrl), `${URL_TEMPLATE}\n`, 0o600);
  });
  await installTrustRoot(trust, { file: rootFile(1), bytes: root, signatures: [] });
  const digest = sha256Hex(root);
  writing(directory, () => writeNew(config, configTemplate({ site: options.site, root: digest }), 0o644));
  printNext(context, options, people, digest, directory);
  return EXIT.same;
}

function peopleOf({ key, name }: InitOptions): readonly Person[] {
  if (key.length === 0 || key.length !== name.length) {
    throw new CliError(
      'CLI_USAGE',
      `there are ${key.length} --key and ${name.length} --name; needed is one name for each key, at least one`,
    );
  }
  if (!name.every(isName)) {
    throw new CliError('CLI_USAGE', 'the name of an approver is 1 to 63 of a-z, 0-9 and -');
  }
  return name.map((person, index) => ({
    name: person,
    roles: [ROLE],
    keys: [readPublicKey(key[index] ?? '').line],
  }));
}

/** Two people for what is critical as soon as there are two; one for the rest. */
function firstRoot(people: readonly Person[], nowMs: number): Uint8Array {
  const rules: Rule[] = [
    {
      kinds: ['admin', 'wallet-route', 'sensor', 'root'],
      threshold: Math.min(2, people.length),
      roles: [ROLE],
    },
    { kinds: ['permission', 'contact', 'terminal', 'config', 'file'], threshold: 1, roles: [ROLE] },
  ];
  return trustRootBytes({
    format: ROOT_FORMAT,
    version: 1,
    parent: null,
    created: new Date(nowMs).toISOString(),
    expires: new Date(nowMs + ROOT_DAYS * DAY_MS).toISOString(),
    people,
    rules,
    heads: [],
  });
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
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new CliError('CLI_FILE_UNWRITABLE', `${directory} cannot be written (${code}); check its owner`, {
      cause: error,
    });
  }
}

function printNext(
  { terminal }: CommandContext,
  { site }: InitOptions,
  people: readonly Person[],
  digest: string,
  directory: string,
): void {
  const shown = relative(process.cwd(), directory) || '.';
  const at = (path: string) => join(shown, path);
  const flag = shown === '.' ? '' : ` --config ${shellWord(at(LAYOUT.config))}`;
  const names = people.map(({ name }) => name).join(', ');
  const needed =
    people.length > 1
      ? 'two of them sign for admins, wallet routes and the sensor'
      : 'one signature is enough';
  terminal.out(`Wrote ${at(LAYOUT.config)}, ${at(LAYOUT.trust)}/${rootFile(1)} and ${at(LAYOUT.secrets)}/.`);
  terminal.out(`Approvers: ${names}; ${needed}. Trust root sha256:${digest}`);
  terminal.out(`
Next:
  1. In ${at(LAYOUT.config)}: name your tables and columns, and who is told.
  2. The owner of the database runs what this prints, then gives the role a password:
       tillwarden sql${flag} | psql ...
  3. Put the database's URL with that password into ${at(LAYOUT.databaseUrl)} (mode 0600).
  4. See whether it can be read, and whether messages arrive:
       tillwarden snapshot${flag}
       tillwarden notify test${flag}
  5. Each approver signs what is there, and then it is watched:
       tillwarden approve ${site}${flag}
       tillwarden run${flag}`);
}

const isName = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);

/** A path as one word of a POSIX shell: people paste what we print. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
