import type { CollectionSnapshot, Definition, VerifiedSuppression } from '../../../baselines/index.js';
import { massCounts, unknownBecause } from '../../alerts/words.js';
import { problemText } from '../../approvals/approval.js';
import { type ConfigWithSources, definitionsOf, type SiteConfigWithSecrets } from '../../config/config.js';
import { configuredIndicators } from '../../config/feed-file.js';
import { wholeBook } from '../../destinations/signed-book.js';
import { type CollectionOutcome, compareCollection } from '../../drift/compare.js';
import { shippedIndicators } from '../../indicators/shipped.js';
import type { SeverityRule } from '../../policy/severity.js';
import type { UnreadRecords } from '../../sources/source.js';
import { grouped } from '../../wording.js';
import { lookVerified } from '../approve/look.js';
import { fileElsewhere, openBackends } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig, sitesOf } from '../open-config.js';
import { SeenHeads } from '../signing/seen-heads.js';
import { readApproval } from '../signing/verified-files.js';
import { suppressedChanges } from '../suppress/marks.js';
import { suppressionsOnDisk } from '../suppress/suppression-files.js';
import { describeChange } from '../text/change-text.js';
import { suppressedLines } from '../text/finding-text.js';
import { asciiJson } from '../text/json.js';
import { unmatchedText } from '../text/unmatched-text.js';
import { withCommandsTypedAgain } from '../typed-again.js';
import { siteJson } from './check-json.js';
import { annotators, changeCounts, definitionsIn, nextSteps, type SiteCheck } from './checked-site.js';
import { changesWorstFirst } from './ordered-changes.js';
import { readSiteOnce } from './read-site.js';

/** `tillwarden check`: reads, compares with the verified baseline, and says which of the three outcomes it is. */
export async function runCheck(
  context: CommandContext,
  siteName: string | undefined,
  options: { readonly json?: boolean; readonly config?: string; readonly server?: string },
): Promise<number> {
  const { rules, checks } =
    fileElsewhere(context, options) !== null
      ? { rules: [], checks: await checkElsewhere(context, siteName, options) }
      : await checkHere(context, siteName);
  if (options.json)
    context.terminal.out(asciiJson({ sites: checks.map((one) => siteJson(context, rules, one)) }));
  else for (const one of checks) printSite(context, rules, one);
  return exitOf(checks.flatMap(({ outcomes }) => [...outcomes.values()]));
}

async function checkHere(context: CommandContext, siteName: string | undefined) {
  const config = await openConfig(context, 'sources');
  const checks: SiteCheck[] = [];
  const indicators = configuredIndicators(config.indicators, context.clock());
  for (const site of sitesOf(config, siteName)) {
    checks.push({ ...(await checkSite(context, config, site)), indicators });
  }
  return { rules: config.rules, checks };
}

/** From the machine of somebody with a token: what the daemon read last, against what this machine verified itself. */
async function checkElsewhere(
  context: CommandContext,
  siteName: string | undefined,
  options: { readonly config?: string; readonly server?: string },
): Promise<SiteCheck[]> {
  const backends = await openBackends(context, options);
  const seen = new SeenHeads(context.env);
  const checks: SiteCheck[] = [];
  for (const name of siteName === undefined ? backends.sites : [siteName]) {
    const backend = await backends.open(name);
    const { approval } = await lookVerified(backend, seen, context.clock);
    const signed = approval.head?.collections ?? new Map();
    const { definitions, readings } = await backend.observe(signed);
    const suppressions = await backend.suppressions(approval);
    // When it read, the daemon does not say here: "status" does.
    const reading = { readings, observedAtMs: context.clock(), degradations: [] };
    const read = { name, configured: definitions, approval, reading };
    checks.push({ ...(await compared(read, suppressions, context.clock())), indicators: shippedIndicators });
  }
  return checks;
}

/** Drift decides over unknown: it is the one that is certain. */
function exitOf(outcomes: readonly CollectionOutcome[]): number {
  if (outcomes.some(({ outcome }) => outcome === 'drifted')) return EXIT.drifted;
  return outcomes.some(({ outcome }) => outcome === 'unknown') ? EXIT.unknown : EXIT.same;
}

async function checkSite(
  context: CommandContext,
  config: ConfigWithSources,
  site: SiteConfigWithSecrets,
): Promise<Omit<SiteCheck, 'indicators'>> {
  const approval = await readApproval(config, site.name, context.clock());
  const signed = approval.head?.collections ?? new Map();
  const reading = await readSiteOnce(context, config, site, signed);
  const { active } = await suppressionsOnDisk(config, site.name, approval);
  const read = { name: site.name, configured: definitionsOf(site), approval, reading };
  return compared(read, active, context.clock());
}

async function compared(
  read: Pick<SiteCheck, 'name' | 'configured' | 'approval' | 'reading'>,
  suppressions: readonly VerifiedSuppression[],
  nowMs: number,
): Promise<Omit<SiteCheck, 'indicators'>> {
  const signed: ReadonlyMap<string, CollectionSnapshot> = read.approval.head?.collections ?? new Map();
  const configured = new Map(read.configured.map((definition) => [definition.name, definition]));
  const outcomes = new Map(
    [...new Set([...configured.keys(), ...signed.keys()])].map((name) => [
      name,
      compareCollection({
        site: read.name,
        configured: configured.get(name) ?? null,
        signed: signed.get(name) ?? null,
        reading: read.reading.readings.get(name) ?? null,
      }),
    ]),
  );
  const changes = [...outcomes.values()].flatMap((one) => (one.outcome === 'drifted' ? one.changes : []));
  const book = changes.length > 0 ? await wholeBook(signed) : null;
  const suppressed = suppressedChanges(changes, suppressions, signed, nowMs);
  return { ...read, outcomes, book, suppressed };
}

function printSite(context: CommandContext, rules: readonly SeverityRule[], check: SiteCheck): void {
  const { terminal, clock } = context;
  const { name: site, approval, outcomes, reading } = check;
  const { head } = approval;
  const none = approval.problems.length === 0 ? 'no baseline yet' : 'no baseline that counts';
  const against = head === null ? none : `baseline ${head.version}`;
  terminal.out(`${terminal.paint('bold', site)}  ${against}`);
  const definitions = definitionsIn(check);
  for (const [name, outcome] of gathered(outcomes, definitions)) {
    terminal.out(`  ${outcomeWord(terminal, outcome)}  ${name}${outcomeDetail(outcome)}`);
  }
  const annotate = annotators(check, definitions, clock());
  for (const change of changesWorstFirst(site, outcomes, head?.collections ?? new Map(), rules)) {
    terminal.out();
    const shown = { rules, definitions, annotations: annotate(change) };
    const covered = suppressedLines(check.suppressed.get(change.fingerprint));
    for (const line of [...describeChange(terminal, change, shown), ...covered]) terminal.out(`  ${line}`);
  }
  for (const { code, message } of reading.degradations) {
    terminal.note(`${terminal.paint('yellow', 'degraded')} ${code}: ${message}`);
  }
  for (const [name, read] of reading.readings) {
    if (!read.readable || read.unmatched === undefined) continue;
    terminal.note(`${terminal.paint('yellow', 'warning')} ${unmatchedText(name, read.unmatched)}`);
  }
  for (const problem of approval.problems)
    terminal.note(withCommandsTypedAgain(context, `${problem.weight}: ${problemText(problem)}`));
  for (const { why, command } of nextSteps(context, check)) terminal.out(`\n${why}: ${command}`);
}

/** By what is named: a source once where all of it is unknown for one and the same reason, else each collection. */
function gathered(
  outcomes: SiteCheck['outcomes'],
  definitions: ReadonlyMap<string, Definition>,
): ReadonlyMap<string, CollectionOutcome> {
  const sourceOf = (name: string) => definitions.get(name)?.source;
  const lines = new Map<string, CollectionOutcome>();
  for (const [name, outcome] of outcomes) {
    const all = [...outcomes].filter(([other]) => sourceOf(other) === sourceOf(name));
    const isOfAll = all.length > 1 && all.every(([, other]) => isSameUnknown(outcome, other));
    const named = isOfAll ? `source ${sourceOf(name)} (${grouped(all.length, 'collection')})` : name;
    lines.set(named, outcome);
  }
  return lines;
}

function isSameUnknown(one: CollectionOutcome, other: CollectionOutcome): boolean {
  return (
    one.outcome === 'unknown' &&
    other.outcome === 'unknown' &&
    // Which collections are not signed or not configured is what people want to know.
    one.cause !== 'unapproved' &&
    one.cause !== 'not-configured' &&
    one.cause === other.cause &&
    one.detail === other.detail
  );
}

function outcomeWord(terminal: CommandContext['terminal'], { outcome }: CollectionOutcome): string {
  switch (outcome) {
    case 'same':
      return terminal.paint('green', 'same   ');
    case 'drifted':
      return terminal.paint('red', 'DRIFTED');
    case 'unknown':
      return terminal.paint('yellow', 'UNKNOWN');
  }
}

function outcomeDetail(outcome: CollectionOutcome): string {
  switch (outcome.outcome) {
    case 'same':
      return '';
    case 'drifted':
      return `  ${grouped(outcome.changes.length, 'record')} not as signed: ${massCounts(changeCounts(outcome.changes))}${unreadDetail(outcome.unread)}`;
    case 'unknown':
      return `  ${unknownBecause(outcome.cause)}${outcome.cause === 'unapproved' ? '' : ` (${outcome.detail})`}`;
  }
}

/** What nobody knows of the rest of a collection that differs. */
function unreadDetail(unread: UnreadRecords | undefined): string {
  if (unread === undefined) return '';
  const { count, cause, detail } = unread;
  return `; ${grouped(count, 'place')} more UNKNOWN: ${unknownBecause(cause)} (${detail})`;
}
