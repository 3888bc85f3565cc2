import {
  type CollectionSnapshot,
  type Definition,
  parseRecordLine,
  type RecordLine,
} from '../../../baselines/index.js';
import { moment, quote } from '../../../notifiers/index.js';
import type { Checkpoints } from '../../approvals/chain-memory.js';
import type { Config } from '../../config/config.js';
import type { Finding } from '../../finding.js';
import type { EndedFinding } from '../../incident.js';
import { FOLDED_FOLDER } from '../../store/folding/files.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import { duration, grouped } from '../../wording.js';
import { differencesBetween } from '../approve/differences.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig, sitesOf } from '../open-config.js';
import { ownCheckpoints } from '../signing/own-memory.js';
import { describeRecord } from '../text/change-text.js';
import { describeDifference } from '../text/difference-text.js';
import { describeFinding, endingWords } from '../text/finding-text.js';
import { parseInstant, utc } from '../text/instant.js';
import { asciiJson } from '../text/json.js';
import { keyText, keyValues, parseKey } from '../text/record-key.js';
import {
  type CollectionPast,
  type CollectionVersion,
  collectionPast,
  collectionVersions,
  endOf,
  findingsAt,
  versionAt,
} from './collection-history.js';
import { everySigner, readPast } from './signed-history.js';

export interface HistoryOptions {
  readonly at?: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly fromStart?: boolean;
}

/** Characters of one quoted value. */
const VALUE_CHARACTERS = 400;
const REASON_CHARACTERS = 200;

/** `tillwarden history`: what a collection or one record of it was, who signed it, and when it was something else. Needs files and state only. */
export async function runHistory(
  context: CommandContext,
  place: string,
  options: HistoryOptions,
): Promise<number> {
  const { terminal, clock } = context;
  const config = await openConfig(context, 'none');
  const atMs = options.at === undefined ? null : parseInstant('--at', options.at, clock());
  const checkpoints = options.fromStart ? undefined : ownCheckpoints(context.env, config.trust.root);
  const { past, key } = await pastOf(config, place, { key: options.key, nowMs: clock(), checkpoints });
  if (options.json)
    terminal.out(asciiJson(atMs === null ? storyJson(past, key) : instantJson(past, key, atMs)));
  else
    for (const line of atMs === null
      ? story(context, config, past, key)
      : atInstant(context, config, past, key, atMs))
      terminal.out(line);
  return EXIT.same;
}

async function pastOf(
  config: Config,
  place: string,
  {
    key: keyOption,
    nowMs,
    checkpoints,
  }: {
    readonly key: string | undefined;
    readonly nowMs: number;
    readonly checkpoints: Checkpoints | undefined;
  },
): Promise<{ readonly past: CollectionPast; readonly key: string | null }> {
  const [, siteName, collection] = /^([a-z0-9-]{1,63})\/([a-z][a-z0-9_]{0,62})$/.exec(place) ?? [];
  if (siteName === undefined || collection === undefined) {
    throw new CliError('CLI_USAGE', 'needed is a site and a collection, such as prague-1/wallet_routes');
  }
  sitesOf(config, siteName);
  const files = await readPast(config, siteName, nowMs, checkpoints);
  const store = openStoreReadOnly(config.stateDirectory);
  try {
    const versions = collectionVersions(config, files, store, siteName, collection);
    if (versions !== null) {
      const columns = versions.definitions.get(collection)?.key ?? [];
      const key = keyOption === undefined ? null : parseKey(keyOption, columns);
      return { past: collectionPast(versions, store, key), key };
    }
    const names = new Set(
      files.steps.flatMap(({ statement }) => statement.collections.map(({ definition }) => definition.name)),
    );
    throw new CliError(
      'CLI_UNKNOWN_COLLECTION',
      `${siteName} never had such a collection; name one that was signed: ${[...names].sort().join(', ') || 'there is none'}`,
    );
  } finally {
    store?.close();
  }
}

/** Everything, oldest first. */
function story(
  { terminal }: CommandContext,
  config: Config,
  past: CollectionPast,
  key: string | null,
): string[] {
  const { site, collection, definitions } = past;
  const columns = definitions.get(collection)?.key ?? [];
  const about = key === null ? '' : `, ${keyText(key, columns)}`;
  const { findings } = past;
  let before: CollectionSnapshot | null = null;
  const versions = past.versions.map((version, index) => {
    const after = version.snapshot(key);
    const definition = (version.signed ?? past.versions[index - 1]?.signed)?.definition;
    const changed = differences(config, past, { before, after, definition });
    before = after;
    return { version, changed };
  });
  const told = key === null ? versions : untilNext(versions.filter(({ changed }) => changed.length > 0));
  return [
    terminal.paint('bold', `${site}/${collection}${about}`),
    '',
    `signed: ${grouped(told.length, 'version')}`,
    ...told.flatMap(({ version, changed }) => [
      '',
      ...versionLines(version, inZone(config, site)),
      ...(key === null
        ? [`    ${sizeOf(version, changed.length, version === past.versions[0])}`]
        : changed.flatMap((difference) =>
            describeDifference(terminal, difference, { rules: config.rules, digits: 8 }, definitions).map(
              (line) => `    ${line}`,
            ),
          )),
    ]),
    '',
    `not as signed: ${grouped(findings.length, 'finding')}${olderElsewhere(past)}`,
    ...findings.flatMap((finding) => ['', ...findingLines(terminal, config, past, finding)]),
  ];
}

/** Said where it could be taken for all there ever was. */
function olderElsewhere({ folded }: CollectionPast): string {
  return folded ? `, and what is older in ${FOLDED_FOLDER}/ of the state directory` : '';
}

/** Of versions that changed one record: each lasts until the next that changed it, whatever else was signed in between. */
export function untilNext<T extends { readonly version: CollectionVersion }>(versions: readonly T[]): T[] {
  return versions.map((one, index) => {
    const toMs = versions[index + 1]?.version.fromMs ?? null;
    return { ...one, version: { ...one.version, toMs } };
  });
}

/** What was in force at an instant, record by record, and what was known then not to be so. */
function atInstant(
  { terminal }: CommandContext,
  config: Config,
  past: CollectionPast,
  key: string | null,
  atMs: number,
): string[] {
  const { site, collection } = past;
  const version = versionAt(past, atMs);
  const findings = findingsAt(past, atMs);
  const snapshot = version?.snapshot(key) ?? null;
  const definition = version?.signed?.definition;
  const records = snapshot?.records.map(({ line }) => line) ?? [];
  return [
    terminal.paint('bold', `${site}/${collection} at ${utc(atMs)}`),
    '',
    ...(version === null ? ['Nothing was signed yet.'] : versionLines(version, inZone(config, site))),
    ...(version?.signed && snapshot === null
      ? ['    its records file is not there any more, or is not the signed one']
      : []),
    '',
    `signed: ${grouped(records.length, 'record')}`,
    ...records.flatMap((line) =>
      definition === undefined
        ? []
        : ['', ...describeRecord(line, definition, VALUE_CHARACTERS).map((text) => `  ${text}`)],
    ),
    '',
    `not as signed at that time: ${grouped(findings.length, 'finding')}${olderElsewhere(past)}`,
    ...findings.flatMap((finding) => ['', ...findingLines(terminal, config, past, finding)]),
  ];
}

/** An instant in the time of a site, as alerts and "show" have it. */
function inZone({ sites }: Config, site: string): (ms: number) => string {
  const timeZone = sites.find(({ name }) => name === site)?.timeZone ?? 'UTC';
  return (ms) => moment(ms, timeZone);
}

function versionLines(
  { step, fromMs, toMs, signed }: CollectionVersion,
  when: (ms: number) => string,
): string[] {
  const until = toMs === null ? 'still in force' : `until ${when(toMs)}`;
  const descent = step.proof === 'descent' ? ' (before the pinned head: proven by its digest)' : '';
  return [
    `  baseline ${step.version}  from ${when(fromMs)}  ${until}`,
    `    signed by ${everySigner(step)}${descent}; made ${step.statement.created}, reason ${quote({ untrusted: step.statement.reason }, REASON_CHARACTERS)}`,
    ...(signed === null ? ['    no longer part of the baseline'] : []),
  ];
}

function sizeOf({ signed }: CollectionVersion, changed: number, isFirst: boolean): string {
  if (signed === null) return 'its watch ended';
  const size = `${grouped(signed.count, 'record')} sha256:${signed.records.slice(0, 16)}…`;
  return isFirst ? size : `${size}, ${grouped(changed, 'difference')} from the version before`;
}

/** What differs between two versions, of one record when a key is given. Empty as well when the records are gone. */
export function versionDifferences(
  config: Pick<Config, 'rules'>,
  past: Pick<CollectionPast, 'site' | 'collection'>,
  before: CollectionVersion | null,
  after: CollectionVersion,
  key: string | null,
) {
  const definition = (after.signed ?? before?.signed)?.definition;
  return differences(config, past, {
    before: before?.snapshot(key) ?? null,
    after: after.snapshot(key),
    definition,
  });
}

interface TwoVersions {
  readonly before: CollectionSnapshot | null;
  readonly after: CollectionSnapshot | null;
  readonly definition: Definition | undefined;
}

function differences(
  { rules }: Pick<Config, 'rules'>,
  { site, collection }: Pick<CollectionPast, 'site' | 'collection'>,
  { before, after, definition }: TwoVersions,
) {
  // A collection that is new, or gone, is told record by record: that is what a history is about.
  const none = definition && { definition, records: [], recordsDigest: '' };
  const side = (snapshot: CollectionSnapshot | null) => {
    const there = snapshot ?? none;
    return new Map(there === undefined ? [] : [[collection, there]]);
  };
  return differencesBetween(site, side(before), side(after), rules);
}

function findingLines(
  terminal: CommandContext['terminal'],
  config: Config,
  { site, definitions }: CollectionPast,
  finding: Finding | EndedFinding,
): string[] {
  const when = inZone(config, site);
  const ended =
    'endedMs' in finding
      ? `to ${when(finding.endedMs)}, ${endingWords(finding)} after ${duration(Math.max(0, finding.endedMs - finding.firstSeenMs))}`
      : '(still so)';
  return [
    `  from ${when(finding.firstSeenMs)} ${ended}  incident ${finding.incident}`,
    ...describeFinding(terminal, config.rules, site, finding, definitions).map((line) => `    ${line}`),
  ];
}

function storyJson(past: CollectionPast, key: string | null): object {
  const { site, collection } = past;
  const held = (version: CollectionVersion) => {
    const snapshot = key === null ? null : version.snapshot(key);
    return snapshot === null ? {} : { records: snapshot.records.map(recordJson) };
  };
  return {
    ...{ site, collection, key: key === null ? null : keyValues(key) },
    versions: past.versions.map((version) => ({ ...versionJson(version), ...held(version) })),
    findings: past.findings.map(findingJson),
  };
}

function instantJson(past: CollectionPast, key: string | null, atMs: number): object {
  const { site, collection } = past;
  const version = versionAt(past, atMs);
  const snapshot = version?.snapshot(key) ?? null;
  return {
    ...{ site, collection, key: key === null ? null : keyValues(key), at: new Date(atMs).toISOString() },
    baseline: version === null ? null : versionJson(version),
    records: snapshot === null ? null : snapshot.records.map(recordJson),
    findings: findingsAt(past, atMs).map(findingJson),
  };
}

function versionJson({ step, fromMs, toMs, signed }: CollectionVersion): object {
  const { version, digest, signers, former, proof, statement } = step;
  const { created, expires, reason } = statement;
  return { version, digest, signers, former, proof, created, expires, reason, fromMs, toMs, signed };
}

function recordJson({ line }: RecordLine): object {
  const { key, fields } = parseRecordLine(line);
  return { key, fields: Object.fromEntries(fields) };
}

function findingJson(finding: Finding | EndedFinding): object {
  const endedMs = endOf(finding);
  return { ...finding, endedMs: endedMs === Number.POSITIVE_INFINITY ? null : endedMs };
}
