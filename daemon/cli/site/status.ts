import { request } from 'node:http';
import { BaselineError } from '../../../baselines/index.js';
import { quote } from '../../../notifiers/index.js';
import { problemText, type SiteApproval } from '../../approvals/approval.js';
import { type Config, definitionsOf } from '../../config/config.js';
import type { Acknowledgement, Incident } from '../../incident.js';
import { overdue } from '../../policy/escalation.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import type { OutboxStatus } from '../../store/store.js';
import { readChannelTests } from '../../watchdog/channel-tests.js';
import { type ChannelStatus, channelsOf } from '../../watchdog/health.js';
import { grouped } from '../../wording.js';
import { type WaitingProposal, waitingLines, waitingProposal } from '../approve/waiting-proposal.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { distance, readApproval, readTrust } from '../signing/verified-files.js';
import { type SuppressionsOnDisk, suppressionsOnDisk } from '../suppress/suppression-files.js';
import { asciiJson } from '../text/json.js';
import { definitionsOfHead, suppressionJson, suppressionLine } from '../text/suppression-text.js';
import { channelTestText, heartbeatText } from './channel-test-text.js';

const ASK_TIMEOUT_MS = 1000;
const MESSAGES = 10_000;
const REASON_CHARACTERS = 500;

interface SiteOverview {
  readonly site: string;
  /** Null when it could not be verified; `refusal` says why. */
  readonly approval: SiteApproval | null;
  /** What people signed in advance; null when nothing could be verified. */
  readonly suppressions: SuppressionsOnDisk | null;
  /** The proposal that waits for signatures; null when none does. */
  readonly waiting: WaitingProposal | null;
  /** The highest version a daemon ever had in force here. */
  readonly remembered: number | null;
  readonly collections: readonly {
    readonly collection: string;
    /** Null when the daemon has not read it. */
    readonly count: number | null;
    readonly observedAtMs: number | null;
  }[];
}

interface Overview {
  /** What the running daemon says of itself; null when none answers. */
  readonly daemon: Readonly<Record<string, unknown>> | null;
  readonly refusal: string | null;
  readonly sites: readonly SiteOverview[];
  readonly incidents: readonly Incident[];
  readonly undelivered: readonly OutboxStatus[];
  /** Those in force. */
  readonly acknowledgements: readonly Acknowledgement[];
  readonly channels: readonly ChannelStatus[];
}

/** `tillwarden status`: the state on disk and the files of approval, beside what a running daemon says of itself. */
export async function runStatus(
  context: CommandContext,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await openConfig(context, 'none');
  const overview = await overviewOf(context, config);
  if (options.json) context.terminal.out(asciiJson(overviewJson(overview, context.clock())));
  else print(context, config, overview);
  return EXIT.same;
}

async function overviewOf({ clock }: CommandContext, config: Config): Promise<Overview> {
  const { approvals, refusal } = await approvalsOf(config, clock());
  const store = openStoreReadOnly(config.stateDirectory);
  try {
    const suppressions = new Map<string, SuppressionsOnDisk>();
    const waiting = new Map<string, WaitingProposal | null>();
    for (const [site, approval] of approvals) {
      suppressions.set(site, await suppressionsOnDisk(config, site, approval));
      waiting.set(site, await waitingProposal(config, site, approval));
    }
    const sites = config.sites.map((site) => {
      const observed = new Map(
        (store?.observed.collections(site.name) ?? []).map((one) => [one.collection, one]),
      );
      const collections = definitionsOf(site).map(({ name }) => {
        const { count = null, observedAtMs = null } = observed.get(name) ?? {};
        return { collection: name, count, observedAtMs };
      });
      return {
        site: site.name,
        approval: approvals.get(site.name) ?? null,
        suppressions: suppressions.get(site.name) ?? null,
        waiting: waiting.get(site.name) ?? null,
        remembered: store?.baselines.remembered(site.name)?.version ?? null,
        collections,
      };
    });
    return {
      daemon: await askDaemon(config),
      refusal,
      sites,
      incidents: store?.incidents.list({ unresolvedOnly: true }) ?? [],
      undelivered: store?.outbox.messages({ undeliveredOnly: true, limit: MESSAGES }) ?? [],
      acknowledgements: store?.incidents.acknowledgements() ?? [],
      channels: channelsOf(
        config.notifiers,
        store?.deliveries.channels() ?? [],
        readChannelTests(config.stateDirectory, config.notifiers),
      ),
    };
  } finally {
    store?.close();
  }
}

async function approvalsOf(
  config: Config,
  nowMs: number,
): Promise<{ approvals: ReadonlyMap<string, SiteApproval>; refusal: string | null }> {
  const approvals = new Map<string, SiteApproval>();
  try {
    const trusted = await readTrust(config);
    for (const { name } of config.sites)
      approvals.set(name, await readApproval(config, name, nowMs, trusted));
    return { approvals, refusal: null };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    return { approvals, refusal: `${error.code}: ${error.message}` };
  }
}

/** Null when nothing that looks like our daemon answers within a second. */
function askDaemon({ http: { host, port } }: Config): Promise<Readonly<Record<string, unknown>> | null> {
  if (port === 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    const ask = request(
      { host, port, path: '/status', agent: false, signal: AbortSignal.timeout(ASK_TIMEOUT_MS) },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > 1_000_000) ask.destroy();
        });
        answer.on('error', () => resolve(null));
        answer.on('close', () => resolve(answer.statusCode === 200 ? objectIn(text) : null));
      },
    );
    ask.on('error', () => resolve(null));
    ask.end();
  });
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && 'sites' in value && 'version' in value;
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function print({ terminal, clock }: CommandContext, config: Config, overview: Overview): void {
  const now = clock();
  const { host, port } = config.http;
  const where = port === 0 ? 'its port is chosen at the start, so it cannot be asked' : `${host}:${port}`;
  terminal.out(
    overview.daemon === null
      ? `${terminal.paint('yellow', 'no daemon answers')} (${where})`
      : `${terminal.paint('green', 'the daemon runs')} (${where})`,
  );
  for (const words of degraded(overview.daemon))
    terminal.out(`  ${terminal.paint('yellow', 'degraded')}  ${words}`);
  if (overview.refusal !== null) terminal.out(terminal.paint('red', overview.refusal));
  for (const { site, approval, suppressions, waiting, remembered, collections } of overview.sites) {
    const head = approval?.head ?? null;
    const expiry = head === null ? '' : `, expires ${distance(head.expiresMs, now)}`;
    const baseline = head === null ? 'no baseline' : `baseline ${head.version}`;
    terminal.out(`\n${terminal.paint('bold', site)}  ${baseline}${expiry}`);
    if (remembered !== null && remembered > (head?.version ?? 0)) {
      terminal.out(
        `  ${terminal.paint('red', 'ROLLED BACK')}  the daemon had version ${remembered} in force, and its files are gone`,
      );
    }
    for (const line of waiting === null ? [] : waitingLines(site, waiting))
      terminal.out(`  ${terminal.paint('yellow', line)}`);
    for (const { collection, count, observedAtMs } of collections) {
      const seen =
        observedAtMs === null
          ? 'not read by a daemon yet'
          : `${grouped(count ?? 0, 'record')}, last change seen ${new Date(observedAtMs).toISOString()}`;
      terminal.out(`  ${collection.padEnd(20)} ${seen}`);
    }
    if (approval !== null && suppressions !== null) {
      const definitions = definitionsOfHead(approval);
      const open = [...suppressions.active, ...suppressions.pending].filter(({ untilMs }) => now < untilMs);
      for (const one of open) terminal.out(`  ${suppressionLine(terminal, one, definitions, now)}`);
    }
    for (const problem of [...(approval?.problems ?? []), ...(suppressions?.problems ?? [])])
      terminal.out(`  ${problem.weight}  ${problemText(problem)}`);
  }
  const late = new Set(overdue(overview.incidents, config.escalation, now).map(({ id }) => id));
  terminal.out(`\n${grouped(overview.incidents.length, 'unresolved incident')}`);
  for (const { id, site, severity, topic, state, openedMs } of overview.incidents) {
    terminal.out(
      `  ${id}  ${site}  ${state}  ${severity.toUpperCase()}  ${topic}  since ${new Date(openedMs).toISOString()}  tillwarden show ${id}`,
    );
    if (late.has(id)) {
      terminal.out(
        `        ${terminal.paint('red', 'OVERDUE')}  nobody has acknowledged it: tillwarden ack ${id}`,
      );
    }
    for (const one of overview.acknowledgements.filter(({ incident }) => incident === id)) {
      terminal.out(
        `        acknowledged by ${one.person} until ${new Date(one.untilMs).toISOString()}: ${quote({ untrusted: one.reason }, REASON_CHARACTERS)}`,
      );
    }
  }
  terminal.out(`\n${heartbeatText(config, overview.daemon)}`);
  terminal.out('\nchannels');
  for (const {
    name,
    kind,
    pending,
    failed,
    lastFailedMs,
    lastFailure,
    lastProof: lastTest,
  } of overview.channels) {
    const waiting = pending === 0 ? 'nothing waits' : `${grouped(pending, 'message')} not delivered`;
    const refused = failed === 0 ? '' : `, ${grouped(failed, 'message')} refused or given up`;
    terminal.out(`  ${name} (${kind})  ${waiting}${refused}, ${channelTestText(lastTest)}`);
    if (lastFailedMs === null || lastFailure === null) continue;
    terminal.out(`        last failure ${new Date(lastFailedMs).toISOString()}: ${lastFailure}`);
  }
}

/** Our own daemon's words, but from a socket: only visible ASCII is printed. */
function degraded(daemon: Overview['daemon']): string[] {
  const listed = daemon?.['degraded'];
  if (!Array.isArray(listed)) return [];
  return listed.slice(0, 50).map((words) =>
    String(words)
      .replace(/[^ -~]/g, '?')
      .slice(0, 500),
  );
}

function overviewJson({ sites, ...rest }: Overview, nowMs: number): object {
  return {
    ...rest,
    running: rest.daemon !== null,
    sites: sites.map(({ site, approval, suppressions, waiting, remembered, collections }) => ({
      site,
      rememberedVersion: remembered,
      baseline:
        approval?.head == null
          ? null
          : {
              version: approval.head.version,
              digest: approval.head.digest,
              expires: approval.head.statement.expires,
            },
      waiting,
      problems: [...(approval?.problems ?? []), ...(suppressions?.problems ?? [])],
      excuses: [...(suppressions?.active ?? []), ...(suppressions?.pending ?? [])].map((one) =>
        suppressionJson(one, nowMs),
      ),
      collections,
    })),
  };
}
