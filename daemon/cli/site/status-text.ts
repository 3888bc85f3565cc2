import { moment, quote, SEVERITIES } from '../../../notifiers/index.js';
import { problemText } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import type { Acknowledgement, Incident } from '../../incident.js';
import { overdue } from '../../policy/escalation.js';
import type { ChannelStatus } from '../../watchdog/health.js';
import { duration, grouped } from '../../wording.js';
import { waitingLines } from '../approve/waiting-proposal.js';
import type { CommandContext } from '../command.js';
import { distance } from '../signing/verified-files.js';
import type { Terminal } from '../terminal/terminal.js';
import { severityNow, wellAgainWords } from '../text/finding-text.js';
import { definitionsOfHead, suppressionLine } from '../text/suppression-text.js';
import { type Asked, typedAgain, withCommandsTypedAgain } from '../typed-again.js';
import { channelTestText } from './channel-test-text.js';
import { degradedWords, heartbeatText } from './daemon-answer.js';
import type { Overview, SiteOverview } from './overview.js';
import { type SiteStanding, standingsOf } from './standing.js';

const REASON_CHARACTERS = 500;

/** Everything as people read it, line by line. */
export function statusLines(context: CommandContext, config: Config, overview: Overview): string[] {
  const { terminal } = context;
  const { refusal, sites, channels, daemon } = overview;
  const zones = new Map(config.sites.map(({ name, timeZone }) => [name, timeZone]));
  return [
    ...standingLines(terminal, standingsOf(overview)),
    '',
    ...daemonLines(terminal, config, overview),
    ...(refusal === null ? [] : [terminal.paint('red', refusal)]),
    ...sites.flatMap((site) => siteLines(context, site, zones.get(site.site) ?? 'UTC')),
    ...incidentLines(context, config, overview),
    `\n${heartbeatText(config, daemon)}`,
    '\nchannels',
    ...channels.flatMap((channel) => channelLines(context, channel)),
  ];
}

/** One line for each site, the worst first. */
export function standingLines(
  terminal: Pick<Terminal, 'paint'>,
  standings: readonly SiteStanding[],
): string[] {
  return standings.map(({ site, standing, words }) => {
    const colour = standing === 'critical' ? 'red' : standing === 'as signed' ? 'green' : 'yellow';
    return `${terminal.paint(colour, standing.toUpperCase().padEnd(9))}  ${site}${words === '' ? '' : `  ${words}`}`;
  });
}

function daemonLines(terminal: Terminal, { http: { host, port } }: Config, { daemon }: Overview): string[] {
  const where = port === 0 ? 'its port is chosen at the start, so it cannot be asked' : `${host}:${port}`;
  return [
    daemon === null
      ? `${terminal.paint('yellow', 'no daemon answers')} (${where})`
      : `${terminal.paint('green', 'the daemon runs')} (${where})`,
    ...degradedWords(daemon).map((words) => `  ${terminal.paint('yellow', 'degraded')}  ${words}`),
  ];
}

function siteLines(context: CommandContext, overview: SiteOverview, timeZone: string): string[] {
  const { terminal } = context;
  const now = context.clock();
  const { site, approval, suppressions, waiting, remembered } = overview;
  const head = approval?.head ?? null;
  const expiry = head === null ? '' : `, expires ${distance(head.expiresMs, now)}`;
  const baseline = head === null ? 'no baseline' : `baseline ${head.version}`;
  const isRolledBack = remembered !== null && remembered > (head?.version ?? 0);
  const problems = [...(approval?.problems ?? []), ...(suppressions?.problems ?? [])];
  return [
    `\n${terminal.paint('bold', site)}  ${baseline}${expiry}`,
    ...(isRolledBack
      ? [
          problems.some(({ weight }) => weight === 'refused')
            ? `  ${terminal.paint('red', 'NOT AS SIGNED')}  the daemon has version ${remembered} in force, and its files do not count as they lie here:`
            : `  ${terminal.paint('red', 'ROLLED BACK')}  the daemon had version ${remembered} in force, and its files are gone`,
        ]
      : []),
    ...(waiting === null ? [] : waitingLines(context, site, waiting)).map(
      (line) => `  ${terminal.paint('yellow', line)}`,
    ),
    ...overview.collections.map((one) => collectionStatus(one, timeZone)),
    ...suppressionLines(terminal, overview, now),
    ...problems.map(
      (problem) => `  ${problem.weight}  ${withCommandsTypedAgain(context, problemText(problem))}`,
    ),
  ];
}

function collectionStatus(
  { collection, count, observedAtMs }: SiteOverview['collections'][number],
  timeZone: string,
): string {
  const seen =
    observedAtMs === null
      ? 'not read by a daemon yet'
      : `${grouped(count ?? 0, 'record')}, last change seen ${moment(observedAtMs, timeZone)}`;
  return `  ${collection.padEnd(20)} ${seen}`;
}

/** Those whose time is not over. */
function suppressionLines(
  terminal: Terminal,
  { approval, suppressions }: SiteOverview,
  now: number,
): string[] {
  if (approval === null || suppressions === null) return [];
  const definitions = definitionsOfHead(approval);
  return [...suppressions.active, ...suppressions.pending]
    .filter(({ untilMs }) => now < untilMs)
    .map((one) => `  ${suppressionLine(terminal, one, definitions, now)}`);
}

/** The unresolved incidents, the most severe first, with who answers for them until when. */
export function incidentLines(
  context: Asked & { readonly terminal: Pick<Terminal, 'paint'>; readonly clock: () => number },
  config: Pick<Config, 'api' | 'escalation' | 'sites' | 'timing'>,
  overview: Pick<Overview, 'incidents' | 'acknowledgements' | 'wellAgain'>,
): string[] {
  const now = context.clock();
  const { incidents, acknowledgements, wellAgain } = overview;
  const well = new Map(wellAgain.map(({ incident, sinceMs }) => [incident, sinceMs]));
  const late = new Set(overdue(incidents, config.escalation, now).map(({ id }) => id));
  // Without the API nobody can acknowledge; signing ends it as well.
  const answer = ({ id, site }: Incident) =>
    typedAgain(context, config.api === null ? `tillwarden approve ${site}` : `tillwarden ack ${id}`);
  const zones = new Map(config.sites.map(({ name, timeZone }) => [name, timeZone]));
  return [
    `\n${grouped(incidents.length, 'unresolved incident')}`,
    ...worstIncidentsFirst(incidents).flatMap((incident) => [
      ...incidentLine(
        context,
        incident,
        zones.get(incident.site) ?? 'UTC',
        well.get(incident.id) ?? null,
        config.timing.flapWindowMs,
      ),
      ...(late.has(incident.id)
        ? [
            `        ${context.terminal.paint('red', 'OVERDUE')}  nobody has acknowledged it: ${answer(incident)}`,
          ]
        : []),
      ...acknowledgements
        .filter((one) => one.incident === incident.id)
        .map((one) => acknowledgementLine(one, zones.get(incident.site) ?? 'UTC', now)),
    ]),
  ];
}

/** One unresolved incident: what it is, since when, and the command that shows all of it. `flapWindowMs` is null where only the daemon knows it. */
export function incidentLine(
  context: Asked & Pick<CommandContext, 'clock'>,
  {
    id,
    site,
    severity,
    topic,
    state,
    openedMs,
  }: Pick<Incident, 'id' | 'site' | 'severity' | 'state' | 'openedMs'> & {
    readonly topic?: string | undefined;
  },
  timeZone: string,
  wellSinceMs: number | null,
  flapWindowMs: number | null,
): string[] {
  const since = `since ${moment(openedMs, timeZone)}, for ${duration(Math.max(0, context.clock() - openedMs))}`;
  const about = topic === undefined ? '' : `  ${topic}`;
  const line = `  ${id}  ${site}  ${state}  ${severityNow(severity, wellSinceMs)}${about}  ${since}  ${typedAgain(context, `tillwarden show ${id}`)}`;
  if (wellSinceMs === null) return [line];
  const words = wellAgainWords(wellSinceMs, flapWindowMs, (ms) => moment(ms, timeZone));
  return [line, `        ${words}`];
}

/** The most severe first; of those alike the longest open. */
export function worstIncidentsFirst<One extends Pick<Incident, 'severity' | 'openedMs'>>(
  incidents: readonly One[],
): One[] {
  return [...incidents].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.openedMs - b.openedMs,
  );
}

function acknowledgementLine(
  { person, untilMs, reason }: Acknowledgement,
  timeZone: string,
  now: number,
): string {
  const left = untilMs > now ? `, for ${duration(untilMs - now)} from now` : '';
  return `        acknowledged by ${person} until ${moment(untilMs, timeZone)}${left}: ${quote({ untrusted: reason }, REASON_CHARACTERS)}`;
}

function channelLines(context: CommandContext, channel: ChannelStatus): string[] {
  const { name, kind, pending, failed, lastFailedMs, lastFailure, lastProof } = channel;
  const waiting = pending === 0 ? 'nothing waits' : `${grouped(pending, 'message')} not delivered`;
  const refused = failed === 0 ? '' : `, ${grouped(failed, 'message')} refused or given up`;
  return [
    `  ${name} (${kind})  ${waiting}${refused}, ${channelTestText(lastProof, typedAgain(context, 'tillwarden notify test'))}`,
    ...(lastFailedMs === null || lastFailure === null
      ? []
      : [`        last failure ${moment(lastFailedMs, 'UTC')}: ${lastFailure}`]),
  ];
}
