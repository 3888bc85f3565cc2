import type { Definition } from '../../../baselines/index.js';
import { moment, quote } from '../../../notifiers/index.js';
import { isUnknownCause } from '../../alerts/words.js';
import type { Condition } from '../../finding.js';
import { acknowledgedSchema, incidentDetailSchema, type WireIncident } from '../../http/incidents-wire.js';
import { duration, grouped } from '../../wording.js';
import { openServer } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { refusedWith, type ServerClient, untrue, visible } from '../signing/server-client.js';
import { rejectedWords } from '../text/difference-text.js';
import { describeFinding } from '../text/finding-text.js';
import { asciiJson } from '../text/json.js';

const REASON_CHARACTERS = 500;
/** Digits of a revision that name it. */
const REVISION_DIGITS = 12;

export interface AckOptions {
  readonly config?: string;
  readonly server?: string;
  readonly revision?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

/**
 * `tillwarden ack`: shows what an incident holds now, and has the person of the token answer for exactly that. What came meanwhile is shown and
 * asked about anew; `--revision` answers without being asked, for that revision and no other.
 */
export async function runAck(context: CommandContext, id: string, options: AckOptions): Promise<number> {
  const { terminal } = context;
  if (!/^[0-9a-f]{1,32}$/.test(id)) {
    throw new CliError('CLI_UNKNOWN_INCIDENT', 'no incident has this id: copy it from the alert');
  }
  if (options.revision !== undefined && !/^[0-9a-f]{8,64}$/.test(options.revision)) {
    throw new CliError('CLI_USAGE', '--revision takes 8 to 64 hex digits, as alerts and show print them');
  }
  if (terminal.keyboard === null && (options.revision === undefined || options.reason === undefined)) {
    throw new CliError(
      'CLI_NOT_INTERACTIVE',
      'there is no terminal to ask at: give --revision with the revision you saw, and --reason',
    );
  }
  const client = openServer(context, options);
  let shown: WireIncident | null = null;
  for (;;) {
    const now = await client.json('GET', `/api/incidents/${id}`, incidentDetailSchema);
    // With --json nothing but the answer goes to standard output.
    const say = options.json ? terminal.note : terminal.out;
    for (const line of contentOf(context, now, shown)) say(line);
    shown = now;
    if (options.revision !== undefined && !now.incident.revision.startsWith(options.revision)) {
      const found = now.incident.revision.slice(0, REVISION_DIGITS);
      throw new CliError(
        'CLI_OTHER_REVISION',
        `the incident is at revision ${found} now, shown above; look at it, then acknowledge that one`,
      );
    }
    const reason = await reasonOf(context, options);
    if (reason === null) return EXIT.refused;
    try {
      return await answer(context, client, now, reason, options);
    } catch (error) {
      if (options.revision !== undefined || !refusedWith(error, 'INCIDENT_OTHER_REVISION')) throw error;
      terminal.note('it has changed while you looked; nothing was acknowledged');
    }
  }
}

/** Null when the person does not want to. */
async function reasonOf({ terminal }: CommandContext, options: AckOptions): Promise<string | null> {
  const { keyboard } = terminal;
  if (keyboard !== null && options.revision === undefined) {
    const key = await keyboard.key('Answer for this, as shown? y: yes, n: no  ? ', 'yn', 'n');
    if (key !== 'y') return null;
  }
  if (options.reason !== undefined || keyboard === null) return options.reason ?? '';
  return (await keyboard.line('Why, in a few words for the others? ')).trim();
}

async function answer(
  { terminal, clock }: CommandContext,
  client: ServerClient,
  { incident }: WireIncident,
  reason: string,
  { json = false }: AckOptions,
): Promise<number> {
  const body = { revision: incident.revision, reason };
  const done = await client.json(
    'POST',
    `/api/incidents/${incident.id}/acknowledge`,
    acknowledgedSchema,
    body,
  );
  if (json) terminal.out(asciiJson(done));
  else {
    terminal.out(
      `acknowledged as ${done.person} until ${untilWords(done.untilMs, clock())}: told to everybody; whatever is new is told anew`,
    );
  }
  return EXIT.same;
}

/** In the time of this machine, at which somebody reads it, and how long that is. */
function untilWords(untilMs: number, nowMs: number): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const left = untilMs > nowMs ? `, for ${duration(untilMs - nowMs)}` : '';
  return `${moment(untilMs, timeZone)}${left}`;
}

/** What an incident holds; of what was shown before, only what is new and what is over. */
function contentOf(
  { terminal, clock }: CommandContext,
  { incident, open, openCount, hostile, acknowledgement, definitions }: WireIncident,
  before: WireIncident | null,
): string[] {
  const seen = new Set(before?.open.map(({ fingerprint }) => fingerprint));
  const isSeen = new Set(open.map(({ fingerprint }) => fingerprint));
  const fresh = open.filter(({ fingerprint }) => !seen.has(fingerprint));
  const over = [...seen].filter((fingerprint) => !isSeen.has(fingerprint)).length;
  const byName = new Map(definitions.map((one) => [one.name, one]));
  const { id, site, state, severity, revision } = incident;
  return [
    `${terminal.paint('bold', `incident ${id}`)}  ${site}  ${state}  ${severity.toUpperCase()}  revision ${revision.slice(0, REVISION_DIGITS)}`,
    ...(acknowledgement === null
      ? []
      : [
          `  acknowledged by ${acknowledgement.person} until ${untilWords(acknowledgement.untilMs, clock())}: ${quote({ untrusted: acknowledgement.reason }, REASON_CHARACTERS)}`,
        ]),
    before === null
      ? grouped(openCount, 'open finding')
      : `${fresh.length} new since you looked, ${over} over`,
    ...fresh.flatMap((one) => {
      const called = hostile.find(({ fingerprint }) => fingerprint === one.fingerprint);
      const mark = called === undefined ? [] : [`    ${rejectedWords(terminal, called)}`];
      return ['', ...findingText(terminal, site, conditionOf(one), byName), ...mark];
    }),
    ...(openCount > open.length ? ['', `and ${openCount - open.length} more, none worse`] : []),
    '',
  ];
}

function findingText(
  terminal: CommandContext['terminal'],
  site: string,
  condition: Condition,
  definitions: ReadonlyMap<string, Definition>,
): string[] {
  const { subject, severity } = condition;
  // It is as severe as the daemon's rules say.
  const rules = 'collection' in subject ? [{ collection: subject.collection, severity }] : [];
  try {
    return describeFinding(terminal, rules, site, condition, definitions).map((line) => `  ${line}`);
  } catch {
    throw untrue('a record that is none');
  }
}

/** Words of the daemon are printed as visible ASCII only: anybody may answer at that address. */
function conditionOf({ fingerprint, severity, subject }: WireIncident['open'][number]): Condition {
  const shared = { fingerprint, severity, reason: '', graceMs: 0 };
  switch (subject.what) {
    case 'change':
    case 'mass-change':
      return { ...shared, subject };
    case 'unknown': {
      const { cause } = subject;
      const detail = visible(subject.detail);
      if (isUnknownCause(cause)) return { ...shared, subject: { ...subject, cause, detail } };
      // A newer daemon may know of more causes.
      return { ...shared, subject: { ...subject, cause: 'failed', detail: `${cause}: ${detail}` } };
    }
    case 'approval': {
      const file = subject.file === null ? null : visible(subject.file);
      return { ...shared, subject: { ...subject, file, detail: visible(subject.detail) } };
    }
    case 'config':
    case 'unreachable':
    case 'blind':
      return { ...shared, subject: { ...subject, detail: visible(subject.detail) } };
    case 'still': {
      const table = visible(subject.table);
      return { ...shared, subject: { ...subject, table, detail: visible(subject.detail) } };
    }
  }
}
