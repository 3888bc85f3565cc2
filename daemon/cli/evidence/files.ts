import {
  NAMESPACES,
  parseTrustRoot,
  readTrustDirectory,
  recordsFile,
  type SignedDocument,
  sha256Hex,
  signatureFile,
  statementFile,
  type TrustRoot,
} from '../../../baselines/index.js';
import { alertTitle, moment } from '../../../notifiers/index.js';
import type { Config } from '../../config/config.js';
import type { Finding } from '../../finding.js';
import type { EndedFinding } from '../../incident.js';
import { allEntries } from '../../store/journal/chain.js';
import type { JournalEntry, OutboxStatus, StoreReader } from '../../store/store.js';
import { writtenAlert, writtenFinding, writtenMessage } from '../../store/written-form.js';
import type { ArchiveFile } from '../archive/write.js';
import { type CollectionVersions, collectionVersions, versionAt } from '../history/collection-history.js';
import { isAbout } from '../history/journal-show.js';
import { checkJournal, entriesBetween, foldedFolder, type JournalReport } from '../history/journal-walk.js';
import { everySigner, readPast, type SitePast } from '../history/signed-history.js';
import type { incidentById } from '../signing/open-state.js';
import { describeFinding, endingWords } from '../text/finding-text.js';
import { utc } from '../text/instant.js';
import { entryLine } from '../text/journal-text.js';
import { asciiJson } from '../text/json.js';
import { allowedSigners } from './allowed-signers.js';
import { reportPage } from './report.js';
import { type EvidenceSnapshot, evidenceSnapshots } from './snapshots.js';

export interface EvidenceInput {
  readonly config: Config;
  readonly store: StoreReader;
  readonly found: ReturnType<typeof incidentById>;
  readonly nowMs: number;
}

/** Baselines, newest last, whose signatures the archive says how to check. */
const MOST_CHECKED = 20;
const PLAIN = { paint: (_style: string, text: string) => text };

/** The files of the archive. The same state gives the same files: no time of the export is in them. */
export async function evidenceFiles(input: EvidenceInput): Promise<ArchiveFile[]> {
  const { config, store, found, nowMs } = input;
  const { incident, open, ended } = found;
  const isConfigured = config.sites.some(({ name }) => name === incident.site);
  const past = isConfigured ? await readPast(config, incident.site, nowMs) : null;
  const trust = await readTrustDirectory(config.trust.directory);
  const { entries, report: journal } = excerpt(input);
  const about = past === null ? [] : collectionsOf(input, past);
  const findings = [...open, ...ended];
  const snapshots = about.flatMap((one) =>
    evidenceSnapshots(one, { openedMs: incident.openedMs, findings }, entries, store),
  );
  const { head, broken, folds, entries: count } = journal;
  const alerts = store.outbox.alerts(incident.id);
  const deliveries = store.outbox.messagesOf(incident.id).reverse();
  const text = (name: string, content: string): ArchiveFile => ({ name, content: Buffer.from(content) });
  const jsonLines = (items: readonly unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');
  const checks = checkCommands(incident.site, past, about, incident.openedMs);
  const diff = diffLines(input, about);
  return [
    text(
      'README.txt',
      `${['Everything about one incident. Open report.html. To check it:', '', ...checks].join('\n')}\n`,
    ),
    text(
      'report.html',
      report(input, { past, about, snapshots, entries, diff, head, checks, alerts, deliveries }),
    ),
    text(
      'incident.json',
      `${asciiJson({ incident, open: open.map(writtenFinding), ended: ended.map(writtenFinding) })}\n`,
    ),
    text('diff.txt', `${diff.join('\n')}\n`),
    text('journal.jsonl', jsonLines(entries)),
    text('journal-head.json', `${asciiJson({ head, entries: count, broken, folds })}\n`),
    text('alerts.jsonl', jsonLines(alerts.map((one) => ({ ...one, alert: writtenAlert(one.alert) })))),
    text('deliveries.jsonl', jsonLines(deliveries.map(writtenMessage))),
    text('snapshots/index.json', `${asciiJson(snapshots.map(({ bytes: _, ...rest }) => rest))}\n`),
    ...snapshots.flatMap(({ file, bytes }) =>
      file === null || bytes === null ? [] : [{ name: file, content: bytes }],
    ),
    text('allowed_signers', allowedSigners(countingRoots(trust.documents, past))),
    ...trust.documents.flatMap((document) => signedFiles('trust', document)),
    ...(past === null ? [] : baselineFiles(incident.site, past, about, incident.openedMs)),
  ];
}

/**
 * The entries from the first to the last one about an incident, without a gap, so that each proves the one before it; and what one walk over all of the journal
 * found, in which these were met.
 */
function excerpt({ config, store, found }: EvidenceInput): {
  readonly entries: readonly JournalEntry[];
  readonly report: JournalReport;
} {
  const { id } = found.incident;
  const folded = foldedFolder(config.stateDirectory);
  let first: number | null = null;
  let last = 0;
  const note = (entry: JournalEntry) => {
    if (!entry.body.includes(id) || !isAbout(entry, id)) return;
    first ??= entry.seq;
    last = entry.seq;
  };
  const report = checkJournal(store, null, folded, note);
  // Behind a break nothing is proven, and all the same it may be what somebody wants to hide.
  if (report.broken !== null)
    for (const entry of allEntries(store, { incident: id, afterSeq: last })) note(entry);
  const entries = first === null ? [] : [...entriesBetween(store, { from: first, to: last, folded })];
  return { entries, report };
}

function collectionsOf({ config, store, found }: EvidenceInput, past: SitePast): CollectionVersions[] {
  const names = new Set(
    [...found.open, ...found.ended].flatMap(({ subject }) =>
      'collection' in subject ? [subject.collection] : [],
    ),
  );
  return [...names].sort().flatMap((name) => {
    const one = collectionVersions(config, past, store, found.incident.site, name);
    return one === null ? [] : [one];
  });
}

function diffLines({ config, found }: EvidenceInput, about: readonly CollectionVersions[]): string[] {
  const definitions = new Map(about.flatMap((one) => [...one.definitions]));
  const findings: readonly (Finding | EndedFinding)[] = [...found.open, ...found.ended];
  return findings.flatMap((finding) => {
    const until = 'endedMs' in finding ? `${utc(finding.endedMs)}, ${endingWords(finding)}` : 'still so';
    return [
      ...describeFinding(PLAIN, config.rules, found.incident.site, finding, definitions),
      `  from ${utc(finding.firstSeenMs)} to ${until}`,
      '',
    ];
  });
}

function signedFiles(folder: string, { file, bytes, signatures }: SignedDocument): ArchiveFile[] {
  return [
    { name: `${folder}/${file}`, content: bytes },
    ...signatures.map((one) => ({ name: `${folder}/${one.file}`, content: Buffer.from(one.text, 'latin1') })),
  ];
}

/** Every statement of the site, and the records that the one in force at the opening and the newest one name. */
function baselineFiles(
  site: string,
  past: SitePast,
  about: readonly CollectionVersions[],
  openedMs: number,
): ArchiveFile[] {
  const folder = `baselines/${site}`;
  const active = about.flatMap((one) => versionAt(one, openedMs)?.step ?? []);
  const digests = new Set(
    [...active, ...past.steps.slice(-1)].flatMap(({ statement }) =>
      statement.collections.map(({ records }) => records),
    ),
  );
  return [
    ...past.documents.flatMap((document) => signedFiles(folder, document)),
    ...[...digests].flatMap((digest) => {
      const content = past.records(digest);
      // What lies there under another digest is no evidence of what was signed.
      return content === undefined || sha256Hex(content) !== digest
        ? []
        : [{ name: `${folder}/${recordsFile(digest)}`, content }];
    }),
  ];
}

/** The trust roots of the archive that count. */
function countingRoots(documents: readonly SignedDocument[], past: SitePast | null): readonly TrustRoot[] {
  const counted = new Set(past?.trust.steps.map(({ digest }) => digest));
  return documents
    .filter(({ bytes }) => counted.has(sha256Hex(bytes)))
    .map(({ bytes }) => parseTrustRoot(bytes));
}

/** Commands that check the archive: its list, the pinned root, and each signature that counts on the baselines of the incident. */
function checkCommands(
  site: string,
  past: SitePast | null,
  about: readonly CollectionVersions[],
  openedMs: number,
): string[] {
  const pin = past?.trust.steps[0]?.digest;
  const active = about.flatMap((one) => versionAt(one, openedMs)?.step.version ?? []);
  const first = Math.min(...active, past?.steps.at(-1)?.version ?? 1);
  const steps = (past?.steps ?? []).filter(({ version }) => version >= first).slice(-MOST_CHECKED);
  return [
    'sha256sum -c SHA256SUMS',
    ...(pin === undefined
      ? []
      : [`sha256sum trust/root.000001.json    # must be ${pin}, as the configuration pins it`]),
    ...steps.flatMap(({ version, signers, former }) =>
      [...signers, ...former].map((person) => {
        const file = `baselines/${site}/${statementFile(version)}`;
        const signature = `baselines/${site}/${signatureFile(statementFile(version), person)}`;
        return `ssh-keygen -Y verify -f allowed_signers -I ${person} -n ${NAMESPACES.baseline} -s ${signature} < ${file}`;
      }),
    ),
  ];
}

function report(
  { config, found }: EvidenceInput,
  parts: {
    readonly past: SitePast | null;
    readonly about: readonly CollectionVersions[];
    readonly snapshots: readonly EvidenceSnapshot[];
    readonly entries: readonly JournalEntry[];
    readonly diff: readonly string[];
    readonly head: string;
    readonly checks: readonly string[];
    readonly alerts: ReturnType<StoreReader['outbox']['alerts']>;
    readonly deliveries: OutboxStatus[];
  },
): string {
  const { incident } = found;
  const timeZone = config.sites.find(({ name }) => name === incident.site)?.timeZone ?? 'UTC';
  const when = (ms: number) => moment(ms, timeZone);
  const resolved =
    incident.resolvedMs === null ? 'no' : `${when(incident.resolvedMs)}: ${incident.resolution ?? ''}`;
  return reportPage({
    title: `Incident ${incident.id} at ${incident.site}`,
    timeZone,
    facts: [
      ['State', incident.state],
      ['Severity', incident.severity],
      ['Topic', incident.topic],
      ['Opened', when(incident.openedMs)],
      ['Resolved', resolved],
      ['Journal head', parts.head],
    ],
    diff: parts.diff,
    baselines: (parts.past?.steps ?? []).map(
      (step) =>
        `baseline ${step.version}  sha256:${step.digest}  made ${step.statement.created}  signed by ${everySigner(step)}`,
    ),
    snapshots: parts.snapshots,
    journal: parts.entries.filter((entry) => isAbout(entry, incident.id)).map(entryLine),
    alerts: parts.alerts.map(({ alert, createdMs }) => ({
      ...{ atMs: createdMs, title: alertTitle(alert), id: alert.id },
    })),
    deliveries: parts.deliveries.map(
      ({ channel, part, alertId, state, attempts, deliveredMs, lastError }) => ({
        ...{ channel, part, alert: alertId },
        outcome: `${state}${deliveredMs === null ? '' : ` ${when(deliveredMs)}`}, attempt ${attempts}${lastError === null ? '' : `: ${lastError}`}`,
      }),
    ),
    checks: parts.checks,
  });
}
