import type { Definition } from '../../../baselines/index.js';
import { moment, quote } from '../../../notifiers/index.js';
import { describeWorstFirst } from '../../alerts/describe.js';
import { type Config, definitionsOf } from '../../config/config.js';
import type { Condition, Finding } from '../../finding.js';
import type { EndedFinding } from '../../incident.js';
import { incidentWellSinceMs, wellSinceMs } from '../../policy/outages.js';
import { isMuted } from '../../policy/suppress.js';
import { FOLDED_FOLDER, foldedFiles } from '../../store/folding/files.js';
import type { IncidentRecord, OutboxStatus, Rejection } from '../../store/store.js';
import { duration, grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import type { Terminal } from '../terminal/terminal.js';
import { describeFinding, endingWords, severityNow, wellAgainWords } from '../text/finding-text.js';
import { type Asked, typedAgain } from '../typed-again.js';

/** An incident with everything that was found, said and sent. */
export type ShownIncident = IncidentRecord & {
  readonly deliveries: readonly OutboxStatus[];
  readonly rejections: readonly Rejection[];
  /** The fold that took its findings and messages out of the state; null: they are here. */
  readonly folded: { readonly number: number; readonly atMs: number } | null;
};

const REASON_CHARACTERS = 500;

/** What the lines of one incident have in common. */
interface Scene {
  readonly terminal: Terminal;
  readonly config: Config;
  readonly isWatched: boolean;
  readonly site: string;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly rejections: readonly Rejection[];
  /** An instant in the time of the site. */
  readonly when: (ms: number) => string;
}

/** The incident as people read it, line by line. `isWatched`: a daemon answers, so that what was well when it last looked is well. */
export function incidentReport(
  context: CommandContext,
  config: Config,
  shown: ShownIncident,
  isWatched: boolean,
): string[] {
  const { terminal } = context;
  const { incident, open, ended, acknowledgements, deliveries, rejections } = shown;
  const site = config.sites.find(({ name }) => name === incident.site);
  const when = (ms: number) => moment(ms, site?.timeZone ?? 'UTC');
  const definitions = new Map(
    (site ? definitionsOf(site) : []).map((definition) => [definition.name, definition]),
  );
  const scene = { terminal, config, isWatched, site: incident.site, definitions, rejections, when };
  return [
    ...headLines(scene, shown),
    ...acknowledgements.map((one) => acknowledgementLine(scene, one)),
    `\n${grouped(open.length, 'open finding')}`,
    ...describeWorstFirst(open).flatMap(({ condition }) => openLines(scene, condition)),
    ...(ended.length > 0 ? [`\n${grouped(ended.length, 'finding')} ended`] : []),
    ...describeWorstFirst(ended).flatMap(({ condition }) => endedLines(scene, condition)),
    `\n${grouped(deliveries.length, 'message')}`,
    ...deliveries.map((one) => deliveryLine(scene, one)),
    ...nextLines(context, shown, config),
  ];
}

function headLines(
  { terminal, config, isWatched, when }: Scene,
  { incident, open, folded }: ShownIncident,
): string[] {
  const { id, site, state, severity, topic, openedMs, resolvedMs, resolution, revision } = incident;
  const wellMs = isWatched ? incidentWellSinceMs(topic, () => open) : null;
  const loud = state === 'resolved' ? 'green' : wellMs === null ? 'red' : 'yellow';
  return [
    `${terminal.paint('bold', `incident ${id}`)}  ${site}  ${terminal.paint(loud, state)}  ${severityNow(severity, wellMs)}  ${topic}`,
    `  opened    ${when(openedMs)}`,
    ...(wellMs === null ? [] : [`  now       ${wellAgainWords(wellMs, config.timing.flapWindowMs, when)}`]),
    ...(resolvedMs === null ? [] : [`  resolved  ${when(resolvedMs)}: ${resolution ?? ''}`]),
    `  revision  ${revision}`,
    ...(folded === null
      ? []
      : [
          `  folded    ${when(folded.atMs)}: what was found and sent is no more here but in ${FOLDED_FOLDER}/${foldedFiles(folded.number).details} of the state directory`,
        ]),
  ];
}

function acknowledgementLine({ when }: Scene, one: ShownIncident['acknowledgements'][number]): string {
  const { person, atMs, untilMs, endedMs, ending } = one;
  const until =
    endedMs === null
      ? `until ${when(untilMs)} (for ${duration(untilMs - atMs)})`
      : `ended ${when(endedMs)} (${ending})`;
  // What a person typed, but maybe not at this terminal.
  const reason = quote({ untrusted: one.reason }, REASON_CHARACTERS);
  return `  acknowledged  by ${person} ${when(atMs)}, ${until}: ${reason}`;
}

function openLines(scene: Scene, finding: Finding): string[] {
  const { when } = scene;
  const silent = isMuted(finding) ? 'muted, so nobody was told' : 'not told yet (its grace lasts)';
  const told = finding.notifiedMs === null ? silent : `told ${when(finding.notifiedMs)}`;
  const wellMs = scene.isWatched ? wellSinceMs(finding) : null;
  const flapMs = scene.config.timing.flapWindowMs;
  const well = wellMs === null ? [] : ['', `  ${wellAgainWords(wellMs, flapMs, when)}; it was:`];
  return [
    ...well,
    ...findingLines(scene, finding).slice(well.length === 0 ? 0 : 1),
    `    first seen ${when(finding.firstSeenMs)}, ${told}`,
    ...rejectionLines(scene, finding),
  ];
}

function endedLines(scene: Scene, finding: EndedFinding): string[] {
  return [
    ...findingLines(scene, finding),
    `    ${endingWords(finding)} ${scene.when(finding.endedMs)}`,
    ...rejectionLines(scene, finding),
  ];
}

function findingLines({ terminal, config, site, definitions }: Scene, finding: Condition): string[] {
  const lines = describeFinding(terminal, config.rules, site, finding, definitions);
  return ['', ...lines.map((line) => `  ${line}`)];
}

function rejectionLines({ terminal, rejections, when }: Scene, { fingerprint }: Condition): string[] {
  const rejection = rejections.find((one) => one.fingerprint === fingerprint);
  if (rejection === undefined) return [];
  return [`    ${terminal.paint('red', `called hostile by ${rejection.person} ${when(rejection.atMs)}`)}`];
}

function deliveryLine({ when }: Scene, one: OutboxStatus): string {
  const state = one.state === 'delivered' ? `delivered ${when(one.deliveredMs ?? 0)}` : one.state;
  const why = one.lastError === null ? '' : `: ${one.lastError}`;
  const role = one.page === null ? one.role : `${one.role} ${one.page}`;
  const instead = one.insteadOf === null ? '' : `, in place of ${one.insteadOf}`;
  return `  ${one.channel} ${one.part}  ${state} (${grouped(one.attempts, 'attempt')})${why}  ${role}${instead}`;
}

/** Commands to go on with. Without the API nobody can acknowledge. */
export function nextLines(
  asked: Asked,
  { incident: { id, site, state } }: Pick<ShownIncident, 'incident'>,
  { api }: Pick<Config, 'api'>,
): string[] {
  if (state === 'resolved') return [];
  return [
    `\nNext: ${typedAgain(asked, `tillwarden check ${site}`)}`,
    `      ${typedAgain(asked, `tillwarden approve ${site}`)}    (when it is right)`,
    ...(state === 'open' && api !== null
      ? [`      ${typedAgain(asked, `tillwarden ack ${id}`)}    (to say that you are on it)`]
      : []),
  ];
}
