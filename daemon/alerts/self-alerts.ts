import type { Alert } from '../../notifiers/index.js';
import { ALL_SITES } from '../channel.js';
import { counted, duration } from '../wording.js';
import { type AlertContext, atMost, completeAlert } from './compose.js';

/** For alerts about the monitor itself. */
export function monitorContext(observedAtMs: number, head: AlertContext['head']): AlertContext {
  return {
    site: ALL_SITES,
    timeZone: 'UTC',
    incident: null,
    canAcknowledge: false,
    observedAtMs,
    head,
    definitions: new Map(),
    personal: new Map(),
  };
}

/** How the collections of a site stood at the last comparison. */
export interface SiteCounts {
  readonly site: string;
  readonly collections: { readonly drifted: number; readonly unknown: number };
}

/** Sites that are listed; the rest is counted. */
const MAX_SITES = 12;

/**
 * The notice that nothing can be recorded, hence nothing be queued. `problem` is in our words. What differs now is counted, so that somebody who
 * fills the disk to silence the alarm does not.
 */
export function composeNotRecording(
  context: AlertContext,
  {
    problem,
    code,
    sites,
  }: { readonly problem: string; readonly code: string; readonly sites: readonly SiteCounts[] },
): Alert {
  const drifted = sites.reduce((sum, { collections }) => sum + collections.drifted, 0);
  const unknown = sites.reduce((sum, { collections }) => sum + collections.unknown, 0);
  const found = [
    ...(drifted > 0
      ? [`${counted(drifted, 'collection')} ${drifted === 1 ? 'differs' : 'differ'} from what people signed`]
      : []),
    ...(unknown > 0 ? [`${counted(unknown, 'collection')} ${unknown === 1 ? 'is' : 'are'} unknown`] : []),
  ];
  return completeAlert(context, {
    type: 'not-recording',
    role: 'notice',
    severity: 'critical',
    title: [problem, ...found].join(', and '),
    consequence:
      code === 'STORE_SCHEMA'
        ? 'Alerts may be marked as delivered that nobody got, and incidents may have vanished: trust what channels received, not what the state says. This message did not go through the queue: it may not come again.'
        : 'Changes are still looked for, but nothing is recorded and no other alert can be sent until this is put right. This message did not go through the queue: it may not come again.',
    facts: [
      { label: 'Code', text: code },
      ...atMost(
        MAX_SITES,
        sites
          .filter(({ collections }) => collections.drifted + collections.unknown > 0)
          .map(({ site, collections }) => ({
            label: site,
            text: `${collections.drifted} drifted, ${collections.unknown} unknown`,
          })),
      ),
    ],
    nextSteps: [
      ...(code === 'STORE_SCHEMA'
        ? [{ text: 'Keep a copy of the state directory, and find out who writes to it besides tillwarden.' }]
        : [
            {
              text: 'Free space on the disk of the state directory, and make it writable for the daemon’s user.',
            },
          ]),
      ...(found.length > 0 ? [{ text: 'See what differs:', command: 'tillwarden check' }] : []),
    ],
  });
}

/** The notice that recording works again, after one that it did not. */
export function composeRecordingAgain(context: AlertContext, afterMs: number): Alert {
  return completeAlert(context, {
    type: 'recording-again',
    role: 'notice',
    severity: 'low',
    title: `the state store can be written again after ${duration(afterMs)}`,
    consequence: 'What is so now is recorded and told. What came and went meanwhile is not known.',
  });
}

/** The notice that a part of the daemon threw what it never should. `part` and `kind` are our words and configured names. */
export function composeInternalError(
  context: AlertContext,
  { part, code, kind }: { readonly part: string; readonly code: string; readonly kind: string },
): Alert {
  const isWhole = code !== 'DAEMON_NOT_WHOLE';
  return completeAlert(context, {
    type: 'internal-error',
    role: 'notice',
    severity: 'high',
    title: isWhole ? `an internal error in ${part}` : `files of the program are gone, needed in ${part}`,
    consequence: !isWhole
      ? 'The folder of the program was changed while the daemon ran, as "npm ci" in it does. That part fails until the daemon is started anew from a whole folder; everything else goes on.'
      : 'This is a defect of tillwarden itself. That part is tried again at its next turn, and may miss what it is there for until then; everything else goes on.',
    facts: [
      { label: 'Code', text: code },
      { label: 'Error', text: kind },
    ],
    nextSteps: [
      { text: 'See whether anything differs:', command: 'tillwarden check' },
      isWhole
        ? { text: 'Report it, with the stack from the daemon’s log.' }
        : { text: 'Install the program whole, and start the daemon anew. Find out who changed its folder.' },
    ],
  });
}

/** The notice that this machine's clock and the time that passed disagree. Positive: forward. */
/** At a start the clock says less than a time that is known to be over. `than`: when the state was last written, or when people signed. */
export function composeClockBehind(
  context: AlertContext,
  { byMs, than }: { readonly byMs: number; readonly than: 'last-seen' | 'signed' },
): Alert {
  return completeAlert(context, {
    type: 'clock-jumped',
    role: 'notice',
    severity: 'high',
    title: `the clock of this machine is ${duration(byMs)} behind ${
      than === 'signed' ? 'the last thing that people signed' : 'the time at which tillwarden last ran here'
    }`,
    consequence:
      'It was set back while tillwarden did not run. Times in alerts do not fit together, and what has expired seems valid; what is read and compared does not depend on it.',
    facts: [],
    nextSteps: [{ text: 'Find out who or what set the clock, and see that it is kept by NTP.' }],
  });
}

export function composeClockJumped(context: AlertContext, byMs: number): Alert {
  const by = duration(Math.abs(byMs));
  return completeAlert(context, {
    type: 'clock-jumped',
    role: 'notice',
    severity: 'high',
    title:
      byMs > 0
        ? `the clock of this machine jumped forward by ${by}, or the machine was asleep`
        : `the clock of this machine was set back by ${by}`,
    consequence:
      byMs > 0
        ? 'Nothing may have been read in that time, and times in alerts before and after do not fit together.'
        : 'Times in alerts before and after do not fit together. Reading goes on by time that passed, whatever the clock says.',
    facts: [],
    nextSteps: [{ text: 'Find out who or what set the clock, and see that it is kept by NTP.' }],
  });
}
