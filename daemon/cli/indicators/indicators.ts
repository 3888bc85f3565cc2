import { resolve } from 'node:path';
import { atOnce, type Definition } from '../../../baselines/index.js';
import { quote } from '../../../notifiers/index.js';
import { matchFacts } from '../../alerts/words/indicators.js';
import type { Config, ConfigWithSources, SiteConfigWithSecrets } from '../../config/config.js';
import { readFeed } from '../../config/feed-file.js';
import { wholeBook } from '../../destinations/signed-book.js';
import type { Feed, IndicatorMatch } from '../../indicators/indicator.js';
import { Indicators } from '../../indicators/matcher.js';
import { shippedFeed } from '../../indicators/shipped.js';
import { IndicatedCollection, matchesOf } from '../../policy/evidence/indicated.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { readApproval } from '../signing/verified-files.js';
import { readSiteOnce } from '../site/read-site.js';
import { asciiJson } from '../text/json.js';
import { keyText } from '../text/record-key.js';

/** Characters of a value of a feed. */
const VALUE_CHARACTERS = 200;

/** `tillwarden indicators list`: every indicator in force. Values of feeds are quoted. */
export async function indicatorsList(
  context: CommandContext,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await openConfig(context, 'none');
  const feeds = feedsOf(config, context.clock());
  const { except } = config.indicators;
  const { terminal } = context;
  if (options.json) {
    const plain = feeds.map(({ unusable, ...feed }) => ({ ...feed, unusable: Object.fromEntries(unusable) }));
    terminal.out(asciiJson({ feeds: plain, except }));
    return EXIT.same;
  }
  for (const feed of feeds) {
    const { name, indicators } = feed;
    terminal.out(`${terminal.paint('bold', name)}  ${grouped(indicators.length, 'indicator')}`);
    for (const { kind, value, incident, severity, source, falsePositives } of indicators) {
      terminal.out(`  ${incident}  ${severity}  ${kind}  ${shown(value)}`);
      if (source !== null) terminal.out(`    from ${shown(source)}`);
      if (falsePositives !== null) terminal.out(`    may be harmless: ${shown(falsePositives)}`);
    }
    for (const line of unusableLines(feed)) terminal.out(`  ${line}`);
  }
  for (const { kind, value, reason } of except) {
    terminal.out(`excepted: ${kind} ${shown(value)}: ${shown(reason)}`);
  }
  return EXIT.same;
}

/** A record that has an indicator. */
interface Found {
  readonly site: string;
  readonly collection: string;
  readonly key: string;
  /** Names of its key. */
  readonly columns: readonly string[];
  readonly signed: boolean;
  readonly observed: boolean;
  readonly matches: readonly IndicatorMatch[];
}

/** `tillwarden indicators check`: which records have an indicator, of those in force or of a feed that is not yet. */
export async function indicatorsCheck(
  context: CommandContext,
  file: string | undefined,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await openConfig(context, 'sources');
  const { terminal, clock } = context;
  const feeds =
    file === undefined
      ? feedsOf(config, clock())
      : [readFeed({ name: 'not-in-force', file: resolve(file), signers: null }, clock())];
  const indicators = new Indicators(
    feeds.flatMap((feed) => feed.indicators),
    config.indicators.except,
  );
  const found: Found[] = [];
  const unread: string[] = [];
  for (const site of config.sites) {
    const checked = await checkSite(context, config, site, indicators);
    found.push(...checked.found);
    unread.push(...checked.unread.map((name) => `${site.name}: ${name}`));
  }
  if (options.json) {
    const unusable = Object.fromEntries(feeds.map((feed) => [feed.name, Object.fromEntries(feed.unusable)]));
    terminal.out(asciiJson({ indicators: indicators.all.length, unusable, found, unread }));
  } else {
    for (const feed of feeds) for (const line of unusableLines(feed)) terminal.note(`${feed.name}: ${line}`);
    printFound(context, indicators, { found, unread });
  }
  if (found.length > 0) return EXIT.drifted;
  return unread.length > 0 ? EXIT.unknown : EXIT.same;
}

async function checkSite(
  context: CommandContext,
  config: ConfigWithSources,
  site: SiteConfigWithSecrets,
  indicators: Indicators,
): Promise<{ readonly found: readonly Found[]; readonly unread: readonly string[] }> {
  const { head } = await readApproval(config, site.name, context.clock());
  const signed = head?.collections ?? new Map();
  const book = await wholeBook(signed);
  const { readings } = await readSiteOnce(context, config, site, signed);
  const found: Found[] = [];
  for (const name of new Set([...readings.keys(), ...signed.keys()])) {
    const reading = readings.get(name);
    const observed = reading?.readable === true ? reading.snapshot : null;
    const before = signed.get(name) ?? null;
    const definition: Definition | undefined = before?.definition ?? observed?.definition;
    if (definition === undefined) continue;
    const sides = atOnce(new IndicatedCollection(definition, indicators).inSteps(before, observed));
    const records = new Map(
      [...sides.signed, ...sides.observed].map(([{ line, key }, hits]) => [line, { key, hits }]),
    );
    const lines = (side: typeof sides.signed) => new Set([...side.keys()].map(({ line }) => line));
    const [inBaseline, isThere] = [lines(sides.signed), lines(sides.observed)];
    for (const [line, { key, hits }] of records) {
      const where = { signed: inBaseline.has(line), observed: isThere.has(line) };
      found.push({
        site: site.name,
        collection: name,
        key,
        columns: definition.key,
        ...where,
        matches: matchesOf(hits, book),
      });
    }
  }
  return { found, unread: [...readings].flatMap(([name, { readable }]) => (readable ? [] : [name])) };
}

function printFound(
  { terminal }: CommandContext,
  indicators: Indicators,
  { found, unread }: { readonly found: readonly Found[]; readonly unread: readonly string[] },
): void {
  terminal.out(
    `${grouped(indicators.all.length, 'indicator')} would match ${grouped(found.length, 'record')} of yours`,
  );
  for (const { site, collection, key, columns, signed, observed, matches } of found) {
    const where = signed ? (observed ? 'signed, and there now' : 'signed') : 'there now, NOT SIGNED';
    terminal.out();
    terminal.out(`${terminal.paint('bold', site)}  ${collection}, ${keyText(key, columns)}  (${where})`);
    for (const fact of matchFacts(matches)) {
      terminal.out(`  ${fact.label}: ${'text' in fact ? fact.text : quote(fact.quoted, VALUE_CHARACTERS)}`);
    }
  }
  for (const name of unread) terminal.note(`not read: ${name}`);
}

/** Entries that nothing is held against, by why. */
function unusableLines({ unusable }: Feed): readonly string[] {
  return [...unusable].map(([why, count]) => `not usable: ${grouped(count, 'entry')} (${why})`);
}

function feedsOf(config: Config, nowMs: number): readonly Feed[] {
  const { shipped, feeds } = config.indicators;
  return [...(shipped ? [shippedFeed] : []), ...feeds.map((feed) => readFeed(feed, nowMs))];
}

function shown(text: string): string {
  return quote({ untrusted: text }, VALUE_CHARACTERS);
}
