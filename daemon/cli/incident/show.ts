import type { Config } from '../../config/config.js';
import { writtenFinding, writtenMessage } from '../../store/written-form.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { incidentById, openState } from '../signing/open-state.js';
import { asciiJson } from '../text/json.js';
import { incidentReport, type ShownIncident } from './incident-report.js';

/** `tillwarden show`: everything about an incident, from the state on disk. Works beside a running daemon and without one. */
export async function runShow(
  context: CommandContext,
  id: string,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await openConfig(context, 'none');
  const shown = read(config, id);
  if (options.json) context.terminal.out(asciiJson(written(shown)));
  else for (const line of incidentReport(context.terminal, config, shown)) context.terminal.out(line);
  return EXIT.same;
}

function read(config: Config, id: string): ShownIncident {
  const store = openState(config);
  try {
    const found = incidentById(store, id);
    const deliveries = store.outbox.messagesOf(found.incident.id);
    const rejections = store.findings.rejections(found.incident.id);
    return { ...found, deliveries: deliveries.reverse(), rejections };
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
