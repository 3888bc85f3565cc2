import type { Alert } from '../../notifiers/index.js';
import { counted, listed } from '../wording.js';
import { type AlertContext, completeAlert } from './compose.js';

/** The notice that somebody says a response is over, with what was seen and what is somebody's word. Names of people and steps are configured. */
export function composeResponseFinished(
  context: AlertContext,
  response: {
    readonly incident: string;
    readonly person: string;
    readonly doing: string;
    readonly seen: readonly string[];
    readonly said: readonly string[];
  },
): Alert {
  const { incident, person, doing, seen, said } = response;
  return completeAlert(context, {
    type: 'response-finished',
    role: 'notice',
    severity: 'high',
    title: `the response to incident ${incident} is over, says ${person}: terminals are switched on again`,
    consequence: `All ${counted(seen.length + said.length, 'step')} of the runbook are done. If you know of no such decision, act at once.`,
    facts: [
      { label: 'What is done now', text: doing },
      { label: 'Seen by tillwarden', text: seen.length === 0 ? 'nothing' : listed(seen, 20) },
      { label: "By people's word", text: said.length === 0 ? 'nothing' : listed(said, 20) },
    ],
    nextSteps: [{ text: 'Keep everything about it:', command: `tillwarden evidence ${incident}` }],
  });
}
