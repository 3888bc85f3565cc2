import type { Config } from '../../config/config.js';
import { incidentDetailSchema, MAX_INCIDENT_BYTES } from '../../http/incidents-wire.js';
import { writtenFinding, writtenMessage } from '../../store/written-form.js';
import { fileElsewhere, openServer } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { incidentById, openState } from '../signing/open-state.js';
import { askDaemon } from '../site/daemon-answer.js';
import { asciiJson } from '../text/json.js';
import { typedAgain } from '../typed-again.js';
import { incidentReport, type ShownIncident } from './incident-report.js';
import { restoreLines } from './restore-statements.js';
import { showOpen } from './show-open.js';
import { wireIncidentLines } from './wire-incident.js';

interface ShowOptions {
  readonly json?: boolean;
  readonly config?: string;
  readonly server?: string;
  readonly restore?: boolean;
}

/** `tillwarden show`: everything about an incident, from the state on disk. Works beside a running daemon and without one. Of no incident: which are open, each with the command that shows it. */
export async function runShow(
  context: CommandContext,
  id: string | undefined,
  options: ShowOptions,
): Promise<number> {
  if (id === undefined) {
    if (options.restore !== true) return showOpen(context, options);
    throw new CliError(
      'CLI_USAGE',
      '--restore needs the id of an incident; "tillwarden show" lists those that are open',
    );
  }
  const file = fileElsewhere(context, options);
  if (file !== null && options.restore === true) {
    throw new CliError(
      'CLI_ELSEWHERE',
      '--restore needs the configuration: run it on the machine of the daemon',
    );
  }
  if (file !== null) return showElsewhere(context, id, { ...options, config: file });
  const config = await openConfig(context, 'none');
  const shown = read(config, id);
  if (options.restore === true) {
    for (const line of await restoreLines(context, config, shown)) context.terminal.out(line);
    return EXIT.same;
  }
  if (options.json) context.terminal.out(asciiJson(written(shown)));
  else {
    const isWatched = (await askDaemon(config)) !== null;
    for (const line of incidentReport(context, config, shown, isWatched)) context.terminal.out(line);
  }
  return EXIT.same;
}

/** From the machine of somebody with a token: what the daemon says it holds now, and who answers for it. */
async function showElsewhere(
  context: CommandContext,
  id: string,
  options: { readonly json?: boolean; readonly config?: string; readonly server?: string },
): Promise<number> {
  if (!/^[0-9a-f]{1,32}$/.test(id)) {
    throw new CliError('CLI_UNKNOWN_INCIDENT', 'no incident has this id: copy it from the alert');
  }
  const { terminal } = context;
  const client = await openServer(context, options);
  const shown = await client.json('GET', `/api/incidents/${id}`, incidentDetailSchema, {
    maxBytes: MAX_INCIDENT_BYTES,
  });
  if (options.json) {
    terminal.out(asciiJson(shown));
    return EXIT.same;
  }
  for (const line of wireIncidentLines(context, shown, null)) terminal.out(line);
  const { state, site, id: whole } = shown.incident;
  if (state !== 'resolved')
    terminal.out(`Next: ${typedAgain(context, `tillwarden approve ${site}`)}    (when it is right)`);
  if (state === 'open')
    terminal.out(`      ${typedAgain(context, `tillwarden ack ${whole}`)}    (to say that you are on it)`);
  return EXIT.same;
}

function read(config: Config, id: string): ShownIncident {
  const store = openState(config);
  try {
    const found = incidentById(store, id);
    const deliveries = store.outbox.messagesOf(found.incident.id);
    const rejections = store.findings.rejections(found.incident.id);
    const folded = store.folds.ofIncident(found.incident.id);
    return { ...found, deliveries: deliveries.reverse(), rejections, folded };
  } finally {
    store.close();
  }
}

function written({ open, ended, deliveries, ...rest }: ShownIncident): object {
  return {
    ...rest,
    open: open.map(writtenFinding),
    ended: ended.map(writtenFinding),
    deliveries: deliveries.map(writtenMessage),
  };
}
