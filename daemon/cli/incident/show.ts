import { moment, quote } from '../../../notifiers/index.js';
import { type Config, definitionsOf } from '../../config/config.js';
import type { Condition } from '../../finding.js';
import { isMuted } from '../../policy/suppress.js';
import type { IncidentRecord, OutboxStatus, Rejection } from '../../store/store.js';
import { writtenFinding, writtenMessage } from '../../store/written-form.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { incidentById, openState } from '../signing/open-state.js';
import { describeFinding, endingWords } from '../text/finding-text.js';
import { asciiJson } from '../text/json.js';

type Shown = IncidentRecord & {
  readonly deliveries: readonly OutboxStatus[];
  readonly rejections: readonly Rejection[];
};

const REASON_CHARACTERS = 500;

/** Messages looked through for those of the incident. */
const MESSAGES = 100_000;

/** `tillwarden show`: everything about an incident, from the state on disk. Works beside a running daemon and without one. */
export async function runShow(
  context: CommandContext,
  id: string,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await openConfig(context, 'none');
  const shown = read(config, id);
  if (options.json) context.terminal.out(asciiJson(written(shown)));
  else print(context, config, shown);
  return EXIT.same;
}

function read(config: Config, id: string): Shown {
  const store = openState(config);
  try {
    const found = incidentById(store, id);
    const deliveries = store.outbox
      .messages({ limit: MESSAGES })
      .filter((one) => one.incident === found.incident.id);
    const rejections = store.findings.rejections(found.incident.id);
    return { ...found, deliveries: deliveries.reverse(), rejections };
  } finally {
    store.close();
  }
}

function written({ open, ended, deliveries, ...rest }: Shown): object {
  return {
    ...rest,
    open: open.map(writtenFinding),
    ended: ended.map(writtenFinding),
    deliveries: deliveries.map(writtenMessage),
  };
}

function print(
  { terminal }: CommandContext,
  config: Config,
  { incident, open, ended, acknowledgements, deliveries, rejections }: Shown,
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
  terminal.out(`  revision  ${incident.revision}`);
  for (const one of acknowledgements) {
    const until =
      one.endedMs === null ? `until ${when(one.untilMs)}` : `ended ${when(one.endedMs)} (${one.ending})`;
    // What a person typed, but maybe not at this terminal.
    const reason = quote({ untrusted: one.reason }, REASON_CHARACTERS);
    terminal.out(`  acknowledged  by ${one.person} ${when(one.atMs)}, ${until}: ${reason}`);
  }
  const definitions = new Map(
    (site ? definitionsOf(site) : []).map((definition) => [definition.name, definition]),
  );
  const printRejection = ({ fingerprint }: Condition) => {
    const rejection = rejections.find((one) => one.fingerprint === fingerprint);
    if (rejection === undefined) return;
    const words = `called hostile by ${rejection.person} ${when(rejection.atMs)}`;
    terminal.out(`    ${terminal.paint('red', words)}`);
  };
  terminal.out(`\n${grouped(open.length, 'open finding')}`);
  for (const finding of open) {
    terminal.out();
    for (const line of describeFinding(terminal, config.rules, incident.site, finding, definitions))
      terminal.out(`  ${line}`);
    const silent = isMuted(finding) ? 'muted, so nobody was told' : 'not told yet (its grace lasts)';
    const told = finding.notifiedMs === null ? silent : `told ${when(finding.notifiedMs)}`;
    terminal.out(`    first seen ${when(finding.firstSeenMs)}, ${told}`);
    printRejection(finding);
  }
  if (ended.length > 0) terminal.out(`\n${grouped(ended.length, 'finding')} ended`);
  for (const finding of ended) {
    terminal.out();
    for (const line of describeFinding(terminal, config.rules, incident.site, finding, definitions))
      terminal.out(`  ${line}`);
    terminal.out(`    ${endingWords(finding)} ${when(finding.endedMs)}`);
    printRejection(finding);
  }
  terminal.out(`\n${grouped(deliveries.length, 'message')}`);
  for (const one of deliveries) {
    const state = one.state === 'delivered' ? `delivered ${when(one.deliveredMs ?? 0)}` : one.state;
    const why = one.lastError === null ? '' : `: ${one.lastError}`;
    const role = one.page === null ? one.role : `${one.role} ${one.page}`;
    const instead = one.insteadOf === null ? '' : `, because ${one.insteadOf} does not take it`;
    terminal.out(
      `  ${one.channel} ${one.part}  ${state} (${grouped(one.attempts, 'attempt')})${why}  ${role}${instead}`,
    );
  }
  if (incident.state === 'resolved') return;
  terminal.out(`\nNext: tillwarden check ${incident.site}`);
  terminal.out(`      tillwarden approve ${incident.site}    (when it is right)`);
  if (incident.state === 'open') {
    terminal.out(`      tillwarden ack ${incident.id}    (to say that you are on it)`);
  }
}
