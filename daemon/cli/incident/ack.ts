import {
  acknowledgedSchema,
  incidentDetailSchema,
  MAX_INCIDENT_BYTES,
  type WireIncident,
} from '../../http/incidents-wire.js';
import { openServer } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { refusedWith, type ServerClient } from '../signing/server-client.js';
import { asciiJson } from '../text/json.js';
import { REVISION_DIGITS, untilWords, wireIncidentLines } from './wire-incident.js';

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
  // Before anything more is asked for: who has no token can do nothing with a revision.
  const client = await openServer(context, options);
  if (terminal.keyboard === null && (options.revision === undefined || options.reason === undefined)) {
    throw new CliError(
      'CLI_NOT_INTERACTIVE',
      'there is no terminal to ask at: give --revision with the revision you saw, and --reason',
    );
  }
  let shown: WireIncident | null = null;
  for (;;) {
    const now = await client.json('GET', `/api/incidents/${id}`, incidentDetailSchema, {
      maxBytes: MAX_INCIDENT_BYTES,
    });
    // With --json nothing but the answer goes to standard output.
    const say = options.json ? terminal.note : terminal.out;
    for (const line of wireIncidentLines(context, now, shown)) say(line);
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

const WHY = 'Why, in a few words for the others? ';
const MOST_ASKED = 3;

/** Null when the person does not want to. */
async function reasonOf({ terminal }: CommandContext, options: AckOptions): Promise<string | null> {
  const { keyboard } = terminal;
  if (keyboard !== null && options.revision === undefined) {
    const key = await keyboard.key('Answer for this, as shown? y: yes, n: no ? ', 'yn', 'n');
    if (key !== 'y') return null;
  }
  if (options.reason !== undefined || keyboard === null) return options.reason ?? '';
  for (let asked = 1; asked < MOST_ASKED; asked += 1) {
    const reason = (await keyboard.line(WHY)).trim();
    if (reason !== '') return reason;
    terminal.note('a few words are needed, which the others read; nothing is acknowledged yet');
  }
  // The end of the input reads like an empty line, and goes on for ever. What an empty reason comes to the server says.
  return (await keyboard.line(WHY)).trim();
}

async function answer(
  { terminal, clock }: CommandContext,
  client: ServerClient,
  { incident }: WireIncident,
  reason: string,
  { json = false }: AckOptions,
): Promise<number> {
  const body = { revision: incident.revision, reason };
  const done = await client.json('POST', `/api/incidents/${incident.id}/acknowledge`, acknowledgedSchema, {
    body,
  });
  if (json) terminal.out(asciiJson(done));
  else {
    terminal.out(
      `acknowledged as ${done.person} until ${untilWords(done.untilMs, clock())}: told to everybody; whatever is new is told anew`,
    );
  }
  return EXIT.same;
}
