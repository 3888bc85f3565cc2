import { type CollectionSnapshot, parseRecordLine } from '../../../baselines/index.js';
import { moment } from '../../../notifiers/index.js';
import { unknownBecause } from '../../alerts/words.js';
import { type Config, definitionsOf, type SiteConfig } from '../../config/config.js';
import type { CollectionReading } from '../../sources/source.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig, sitesOf } from '../open-config.js';
import { collectionLine, explainCollection } from '../text/difference-text.js';
import { asciiJson } from '../text/json.js';
import { readSiteOnce, type SiteReading } from './read-site.js';
import { diffSnapshots } from './snapshot-diff.js';

export interface SnapshotOptions {
  readonly json?: boolean;
  readonly records?: boolean;
  /** A file that was printed before; the argument is then one that was printed after it. */
  readonly diff?: string;
  readonly asExpectation?: boolean;
}

/** `tillwarden snapshot`: reads everything once and prints what is there, without comparing it. */
export async function runSnapshot(
  context: CommandContext,
  siteName: string | undefined,
  options: SnapshotOptions,
): Promise<number> {
  if (options.diff !== undefined) {
    return diffSnapshots(context, { before: options.diff, after: siteName }, options.asExpectation === true);
  }
  if (options.asExpectation) throw new CliError('CLI_USAGE', '--as-expectation goes with --diff');
  const config = await openConfig(context, 'sources');
  const read: { site: SiteConfig; reading: SiteReading }[] = [];
  for (const site of sitesOf(config, siteName)) {
    read.push({ site, reading: await readSiteOnce(context, config, site) });
  }
  const { terminal } = context;
  if (options.json) {
    const sites = read.map(({ site, reading }) => siteJson(site, reading, options.records === true));
    terminal.out(asciiJson({ sites }));
  } else
    for (const { site, reading } of read) printSite(context, config, site, reading, options.records === true);
  const unknown = read.some(({ reading }) => [...reading.readings.values()].some((one) => !one.readable));
  return unknown ? EXIT.unknown : EXIT.same;
}

function printSite(
  { terminal }: CommandContext,
  _config: Config,
  site: SiteConfig,
  reading: SiteReading,
  records: boolean,
): void {
  terminal.out(`${terminal.paint('bold', site.name)}  ${moment(reading.observedAtMs, site.timeZone)}`);
  for (const { name, one } of inOrder(site, reading)) {
    if (one.readable) terminal.out(`  ${collectionLine(one.snapshot)}`);
    else
      terminal.out(
        `  ${name.padEnd(20)} ${terminal.paint('yellow', 'UNKNOWN')}  ${unknownBecause(one.cause)} (${one.detail})`,
      );
  }
  if (records) {
    for (const { one } of inOrder(site, reading)) {
      if (one.readable) for (const line of explainCollection(one.snapshot)) terminal.out(line);
    }
  }
  for (const { code, message } of reading.degradations) terminal.note(`degraded ${code}: ${message}`);
}

function inOrder(
  site: SiteConfig,
  { readings }: SiteReading,
): { readonly name: string; readonly one: CollectionReading }[] {
  return definitionsOf(site).flatMap(({ name }) => {
    const one = readings.get(name);
    return one === undefined ? [] : [{ name, one }];
  });
}

function siteJson(site: SiteConfig, reading: SiteReading, records: boolean): object {
  return {
    site: site.name,
    observedAtMs: reading.observedAtMs,
    collections: inOrder(site, reading).map(({ name, one }) =>
      one.readable ? snapshotJson(one.snapshot, records) : { collection: name, ...one },
    ),
    degradations: reading.degradations,
  };
}

function snapshotJson(
  { definition, records, recordsDigest }: CollectionSnapshot,
  withRecords: boolean,
): object {
  return {
    collection: definition.name,
    readable: true,
    kind: definition.kind,
    key: definition.key,
    history: definition.history === true,
    count: records.length,
    recordsDigest,
    ...(withRecords
      ? {
          records: records.map(({ line }) => {
            const { key, fields } = parseRecordLine(line);
            return { key, fields: Object.fromEntries(fields) };
          }),
        }
      : {}),
  };
}
