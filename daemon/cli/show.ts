import { type Definition, parseRecordLine, type RecordLine, sha256Hex } from '../../baselines/index.js';
import { moment } from '../../notifiers/index.js';
import { type Config, definitionsOf } from '../config/config.js';
import type { Condition } from '../policy/finding.js';
import { unknownBecause } from '../policy/words.js';
import { openStoreReadOnly } from '../store/sqlite/open.js';
import type { EndedFinding, OutboxStatus, StoreReader } from '../store/store.js';
import { describeChange } from './change-text.js';
import { type CommandContext, counted, openConfig } from './command.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-code.js';
import { asciiJson } from './json.js';

type Shown = NonNullable<ReturnType<StoreReader['incident']>> & {
  readonly deliveries: readonly OutboxStatus[];
};

/** Messages looked through for those of the incident. */
const MESSAGES = 100_000;

/** `tillwarden show`: everything about an incident, from the state on disk. Works beside a running daemon and without one. */
export async function show(
  context: CommandContext,
  id: string,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await openConfig(context, 'none');
  const shown = read(config, id);
  if (options.json) context.terminal.out(asciiJson(shown));
  else print(context, config, shown);
  return EXIT.same;
}

function read(config: Config, id: string): Shown {
  const store = openState(config);
  try {
    const found = /^[0-9a-f]{1,64}$/.test(id) ? store.incident(id) : null;
    if (found === null) {
      const open = store.incidents({ unresolvedOnly: true }).map((incident) => incident.id);
      throw new CliError(
        'CLI_UNKNOWN_INCIDENT',
        `no incident has this id; ${open.length === 0 ? 'none is open' : `open: ${open.slice(0, 20).join(', ')}`}`,
      );
    }
    const deliveries = store.outbox({ limit: MESSAGES }).filter((one) => one.incident === found.incident.id);
    return { ...found, deliveries: deliveries.reverse() };
  } finally {
    store.close();
  }
}

/** Opens the state for reading. Throws `CLI_NO_STATE` where no daemon has run. */
export function openState(config: Config): StoreReader {
  const store = openStoreReadOnly(config.stateDirectory);
  if (store !== null) return store;
  throw new CliError(
    'CLI_NO_STATE',
    `no daemon has kept its state in ${config.stateDirectory}; start one with "tillwarden run", or name its configuration with --config`,
  );
}

function print(
  { terminal }: CommandContext,
  config: Config,
  { incident, open, ended, deliveries }: Shown,
): void {
  const site = config.sites.find(({ name }) => name === incident.site);
  const when = (ms: number) => moment(ms, site?.timeZone ?? 'UTC');
  const loud = incident.state === 'resolved' ? 'green' : 'red';
  terminal.out(
    `${terminal.paint('bold', `incident ${incident.id}`)}  ${incident.site}  ${terminal.paint(loud, incident.state)}  ${incident.severity.toUpperCase()}  ${incident.topic}`,
  );
  terminal.out(`  opened    ${when(incident.openedMs)}`);
  if (incident.resolvedMs !== null) {
    terminal.out(`  resolved  ${when(incident.resolvedMs)}: ${incident.resolution ?? ''}`);
  }
  const definitions = new Map(
    (site ? definitionsOf(site) : []).map((definition) => [definition.name, definition]),
  );
  terminal.out(`\n${counted(open.length, 'open finding')}`);
  for (const finding of open) {
    terminal.out();
    for (const line of linesOf(terminal, config, incident.site, finding, definitions))
      terminal.out(`  ${line}`);
    const told = finding.toldMs === null ? 'not told yet (its grace lasts)' : `told ${when(finding.toldMs)}`;
    terminal.out(`    first seen ${when(finding.firstSeenMs)}, ${told}`);
  }
  if (ended.length > 0) terminal.out(`\n${counted(ended.length, 'finding')} ended`);
  for (const finding of ended) {
    terminal.out();
    for (const line of linesOf(terminal, config, incident.site, finding, definitions))
      terminal.out(`  ${line}`);
    terminal.out(`    ${endingWords(finding)} ${when(finding.endedMs)}`);
  }
  terminal.out(`\n${counted(deliveries.length, 'message')}`);
  for (const one of deliveries) {
    const state = one.state === 'delivered' ? `delivered ${when(one.deliveredMs ?? 0)}` : one.state;
    const why = one.lastError === null ? '' : `: ${one.lastError}`;
    terminal.out(`  ${one.channel} ${one.part}  ${state} (${counted(one.attempts, 'attempt')})${why}`);
  }
  if (incident.state === 'resolved') return;
  terminal.out(`\nNext: tillwarden check ${incident.site}`);
  terminal.out(`      tillwarden approve ${incident.site}    (when it is right)`);
}

function linesOf(
  terminal: CommandContext['terminal'],
  config: Config,
  site: string,
  { subject, severity, fingerprint }: Condition,
  definitions: ReadonlyMap<string, Definition>,
): string[] {
  const title = (words: string) => `${severity.toUpperCase()}  ${words}`;
  switch (subject.what) {
    case 'change': {
      const { collection, kind, type, key, before, after, twinOf } = subject;
      const change = {
        ...{ fingerprint, site, collection, kind, type, key },
        before: before === null ? null : recordOf(before),
        after: after.map(recordOf),
      };
      return describeChange(terminal, change, { rules: config.rules, definitions, twinOf });
    }
    case 'unknown':
      return [title(`${subject.collection}: ${unknownBecause(subject.cause)} (${subject.detail})`)];
    case 'unreachable':
      return [title(`source ${subject.source} cannot be read: ${subject.detail}`)];
    case 'blind':
      return [title(`source ${subject.source} cannot be heard: ${subject.detail}`)];
    case 'approval':
      return [
        title(`${subject.code}${subject.file === null ? '' : ` in ${subject.file}`}: ${subject.detail}`),
      ];
    case 'config':
      return [title(`the configuration on disk cannot be used: ${subject.detail}`)];
  }
}

function recordOf(line: string): RecordLine {
  return { key: JSON.stringify(parseRecordLine(line).key), line, digest: sha256Hex(line) };
}

function endingWords({ ending }: EndedFinding): string {
  switch (ending) {
    case 'reverted':
      return 'changed back';
    case 'approved':
      return 'signed';
    case 'superseded':
      return 'changed again';
    case 'cleared':
      return 'over';
  }
}
