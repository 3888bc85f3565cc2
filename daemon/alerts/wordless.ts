import type { Alert } from '../../notifiers/index.js';
import type { IncidentNews } from '../incident.js';
import { counted } from '../wording.js';
import type { AlertContext } from './compose.js';
import type { Message } from './compose-incident.js';
import { stepsFor } from './steps.js';

/**
 * The alert of an incident whose news a defect of ours keeps from being put into words: whoever made them so must not silence it. Of what was found it
 * holds nothing but that there is something, and how bad it is.
 */
export function composeWordless(
  context: AlertContext,
  { incident, open }: IncidentNews,
  { id, role, page, alike }: Message,
): Alert {
  const { site, timeZone, observedAtMs, head } = context;
  return {
    ...{ id, role, site, timeZone, observedAtMs, head },
    type: 'internal-error',
    severity: incident.severity,
    incident: incident.id,
    state: incident.state,
    dedupKey: `${incident.id}-${page}`,
    title: `there is news of an incident (${incident.topic}) that cannot be put into words`,
    ...(alike === undefined || alike.length === 0 ? {} : { alike }),
    consequence:
      'Something was found and recorded, and a defect of tillwarden keeps it from being told here. Treat it as changed until you have looked.',
    facts: [{ label: 'Open in this incident', text: counted(open, 'finding') }],
    changes: [],
    changesLeftOut: 0,
    nextSteps: [
      ...stepsFor(context, null),
      ...(context.canAcknowledge
        ? [{ text: 'Say that you are on it:', command: `tillwarden ack ${incident.id}` }]
        : []),
      { text: 'Report it, with the stack from the daemon’s log.' },
    ],
  };
}
