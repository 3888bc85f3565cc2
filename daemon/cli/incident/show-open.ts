import { moment } from '../../../notifiers/index.js';
import type { Config } from '../../config/config.js';
import { overviewSchema } from '../../http/incidents-wire.js';
import { incidentWellSinceMs } from '../../policy/outages.js';
import { incidentSummary, incidentsWorstFirst } from '../../views/incident-view.js';
import type { ListedIncident } from '../../views/shapes.js';
import { duration, grouped } from '../../wording.js';
import { fileElsewhere, openServer } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { openState } from '../signing/open-state.js';
import { visible } from '../signing/server-client.js';
import { askDaemon } from '../site/daemon-answer.js';
import { severityNow, wellAgainWords } from '../text/finding-text.js';
import { asciiJson } from '../text/json.js';
import { typedAgain } from '../typed-again.js';

interface OpenIncidents {
  /** Those that nobody answers for first, then the worst. */
  readonly incidents: readonly ListedIncident[];
  /** Incidents that are open beyond those. */
  readonly leftOut: number;
  /** False where no daemon answers: then this is what it saw last. */
  readonly isWatched: boolean;
  /** Whether people can acknowledge: the daemon has an API. */
  readonly canAcknowledge: boolean;
  readonly zoneOf: (site: string) => string;
  /** How long a source must be well before its incident closes; null where only the daemon knows. */
  readonly flapWindowMs: number | null;
}

/** `tillwarden show` of no incident: which are open, what each is about, who answers, and the command that shows it. */
export async function showOpen(
  context: CommandContext,
  options: { readonly json?: boolean; readonly config?: string; readonly server?: string },
): Promise<number> {
  const file = fileElsewhere(context, options);
  const open =
    file === null
      ? await openHere(await openConfig(context, 'none'))
      : await openElsewhere(context, { ...options, config: file });
  const { incidents, leftOut, isWatched } = open;
  if (options.json) context.terminal.out(asciiJson({ incidents, leftOut, running: isWatched }));
  else for (const line of openLines(context, open)) context.terminal.out(line);
  return EXIT.same;
}

async function openHere(config: Config): Promise<OpenIncidents> {
  const isWatched = (await askDaemon(config)) !== null;
  const zones = new Map(config.sites.map(({ name, timeZone }) => [name, timeZone]));
  const store = openState(config);
  try {
    const answers = new Map(store.incidents.acknowledgements().map((one) => [one.incident, one]));
    const incidents = store.incidents.list({ unresolvedOnly: true }).map((incident) => {
      const open = store.findings.openOf(incident.id);
      return incidentSummary({
        ...{ incident, open, answer: answers.get(incident.id) ?? null, called: new Map() },
        // Of what nobody looks at now, nobody knows that it is well.
        wellSinceMs: isWatched ? incidentWellSinceMs(incident.topic, () => open) : null,
      });
    });
    return {
      ...{ incidents: incidentsWorstFirst(incidents), leftOut: 0, isWatched },
      canAcknowledge: config.api !== null,
      zoneOf: (site) => zones.get(site) ?? 'UTC',
      flapWindowMs: config.timing.flapWindowMs,
    };
  } finally {
    store.close();
  }
}

/** What the daemon says; its words are printed as visible ASCII only. */
async function openElsewhere(
  context: CommandContext,
  options: { readonly config: string; readonly server?: string },
): Promise<OpenIncidents> {
  const client = await openServer(context, options);
  const { incidents, incidentsLeftOut } = await client.json('GET', '/api/page/overview', overviewSchema);
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return {
    incidents: incidents.map((one) => ({ ...one, title: visible(one.title) })),
    ...{ leftOut: incidentsLeftOut, isWatched: true, canAcknowledge: true },
    ...{ zoneOf: () => timeZone, flapWindowMs: null },
  };
}

function openLines(context: CommandContext, open: OpenIncidents): string[] {
  const { terminal, clock } = context;
  const { incidents, leftOut, isWatched, canAcknowledge, zoneOf, flapWindowMs } = open;
  const unwatched = isWatched
    ? []
    : [`${terminal.paint('yellow', 'no daemon answers')}: this is what it saw when it last looked`];
  if (incidents.length === 0) {
    const next = `Next: ${typedAgain(context, 'tillwarden status')}    (how every site stands)`;
    return [...unwatched, 'no incident is open', next];
  }
  return [
    ...unwatched,
    grouped(incidents.length + leftOut, 'unresolved incident'),
    ...incidents.flatMap((one) => {
      const { id, site, severity, title, openedMs, answeredBy, wellSinceMs = null } = one;
      const when = (ms: number) => moment(ms, zoneOf(site));
      const colour = severity === 'critical' && wellSinceMs === null ? 'red' : 'yellow';
      const answer = answeredBy === null ? 'nobody answers for it' : `${answeredBy} answers for it`;
      return [
        '',
        `${terminal.paint(colour, severityNow(severity, wellSinceMs))}  ${site}  ${title}`,
        `  since ${when(openedMs)}, for ${duration(Math.max(0, clock() - openedMs))}; ${answer}`,
        ...(wellSinceMs === null ? [] : [`  ${wellAgainWords(wellSinceMs, flapWindowMs, when)}`]),
        `  ${typedAgain(context, `tillwarden show ${id}`)}    (all of it)`,
        ...(answeredBy === null && canAcknowledge
          ? [`  ${typedAgain(context, `tillwarden ack ${id}`)}     (to say that you are on it)`]
          : []),
      ];
    }),
    ...(leftOut === 0 ? [] : ['', `and ${leftOut} more`]),
  ];
}
