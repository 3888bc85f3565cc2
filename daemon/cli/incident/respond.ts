import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { quote } from '../../../notifiers/index.js';
import { responseSchema, type WireResponse } from '../../http/response-wire.js';
import { openServer } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { configPlace } from '../config-place.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfigOrNull } from '../open-config.js';
import type { ServerClient } from '../signing/server-client.js';
import type { Keyboard } from '../terminal/keyboard.js';
import { utc } from '../text/instant.js';
import { asciiJson } from '../text/json.js';
import { typedAgain } from '../typed-again.js';

export interface RespondOptions {
  readonly config?: string;
  readonly server?: string;
  readonly runbook?: string;
  readonly done?: string;
  readonly undo?: string;
  readonly note?: string;
  readonly evidence?: string;
  readonly json?: boolean;
}

type Step = WireResponse['steps'][number];

const FINISH = 'finish';
const MOST_CHARACTERS = 500;

/**
 * `tillwarden respond`: the runbook of an incident, with what tillwarden sees of each step. At a terminal it asks about the steps that are left; else it
 * prints them, and says what `--done` and `--undo` name.
 */
export async function runRespond(
  context: CommandContext,
  id: string,
  options: RespondOptions,
): Promise<number> {
  const { done, undo, runbook } = options;
  if (!/^[0-9a-f]{1,32}$/.test(id)) {
    throw new CliError('CLI_UNKNOWN_INCIDENT', 'no incident has this id: copy it from the alert');
  }
  if (done !== undefined && undo !== undefined)
    throw new CliError('CLI_USAGE', 'give --done or --undo, not both');
  for (const name of [done, undo, runbook]) {
    if (name === undefined || /^[a-z][a-z0-9-]{0,62}$/.test(name)) continue;
    throw new CliError(
      'CLI_USAGE',
      'steps and runbooks are named with 1 to 63 of a-z, 0-9 and -, as respond prints them',
    );
  }
  const desk = new ResponseDesk(context, await openServer(context, options), id, options);
  const step = done ?? undo;
  if (step !== undefined) await desk.say(step, undo === undefined, options.note ?? '');
  else await desk.look();
  const { keyboard } = context.terminal;
  if (keyboard === null || step !== undefined || options.json === true) return desk.end();
  return desk.walk(keyboard);
}

/** The response to one incident, as the daemon says it is. */
class ResponseDesk {
  #now: WireResponse | null = null;

  constructor(
    private readonly context: CommandContext,
    private readonly client: ServerClient,
    private readonly incident: string,
    private readonly options: RespondOptions,
  ) {}

  async look(): Promise<WireResponse> {
    const { runbook } = this.options;
    const path = `/api/incidents/${this.incident}/response${runbook === undefined ? '' : `/${runbook}`}`;
    this.#now = await this.client.json('GET', path, responseSchema);
    return this.#now;
  }

  async say(step: string, done: boolean, note: string): Promise<WireResponse> {
    const { runbook } = this.options;
    const chosen = runbook === undefined ? {} : { runbook };
    if (step === FINISH && !done)
      throw new CliError(
        'CLI_USAGE',
        'finish cannot be taken back; for what came since, use the response of its own incident',
      );
    const [path, body] =
      step === FINISH
        ? [`/api/incidents/${this.incident}/response/finish`, chosen]
        : [`/api/incidents/${this.incident}/response`, { step, done, note, ...chosen }];
    this.#now = await this.client.json('POST', path, responseSchema, { body });
    return this.#now;
  }

  /** Asks about each step that is left, then whether it is over. */
  async walk(keyboard: Keyboard): Promise<number> {
    const { terminal } = this.context;
    for (const line of responseLines(await this.look())) terminal.out(line);
    for (;;) {
      const now = await this.look();
      if (now.finished !== null) return this.#closing(now, keyboard);
      const open = now.steps.find(mayBeSaid);
      if (open === undefined) return now.left === 0 ? this.#ask(keyboard) : this.#waits(now);
      terminal.out('');
      for (const line of stepLines(open, true)) terminal.out(line);
      const key = await keyboard.key('Is it done? y: yes, n: not yet ? ', 'yn', 'n');
      if (key !== 'y') return this.#waits(now);
      const note = (await keyboard.line('How, in a few words for the others? ')).trim();
      await this.say(open.id, true, note);
    }
  }

  /** Prints what there is, and ends. */
  async end(): Promise<number> {
    const { terminal } = this.context;
    const now = this.#now;
    if (now === null) throw new RangeError('nothing was looked at');
    if (this.options.json === true) {
      const written = await this.#evidenceAsked(now, null);
      terminal.out(asciiJson(written ?? now));
      return codeOf(now);
    }
    for (const line of responseLines(now)) terminal.out(line);
    if (now.finished !== null) return this.#closing(now, null);
    await this.#evidenceAsked(now, null);
    return this.#waits(now);
  }

  async #ask(keyboard: Keyboard): Promise<number> {
    const { terminal } = this.context;
    const now = await this.look();
    terminal.out(`Every step is done. What is left: ${plain(now.finish)}`);
    const key = await keyboard.key('Is it over? Everybody is told. y: yes, n: not yet ? ', 'yn', 'n');
    if (key !== 'y') return codeOf(now);
    return this.#closing(await this.say(FINISH, true, ''), keyboard);
  }

  #waits(now: WireResponse): number {
    const { terminal } = this.context;
    const said = (step: string) =>
      typedAgain(this.context, `tillwarden respond ${now.incident} --done ${step}`);
    const next = now.steps.find((step) => !step.done);
    if (next === undefined) terminal.out(`Next: ${said(FINISH)}`);
    else if (mayBeSaid(next)) terminal.out(`Next: ${said(next.id)}`);
    else terminal.out(`Next: ${plain(next.do)} It ticks itself when tillwarden sees it.`);
    return codeOf(now);
  }

  async #closing(now: WireResponse, keyboard: Keyboard | null): Promise<number> {
    const { terminal } = this.context;
    terminal.out(`Now: ${plain(now.finish)}`);
    if ((await this.#evidenceAsked(now, keyboard)) !== null) return EXIT.same;
    if (now.evidence === null) {
      terminal.out('Keep everything about it, on the machine of the daemon:');
      terminal.out(`  tillwarden respond ${now.incident} --evidence evidence-${now.incident}.tar.gz`);
    } else {
      const { person, atMs, sha256 } = now.evidence;
      terminal.out(
        `Everything about it was kept by ${person} at ${utc(atMs)}: an archive with SHA-256 ${sha256}`,
      );
    }
    return EXIT.same;
  }

  /** Writes the archive where it is asked for, and has the daemon put that down. Null: nobody asked, or nobody can here. */
  async #evidenceAsked(now: WireResponse, keyboard: Keyboard | null): Promise<WireResponse | null> {
    const { evidence: out, config } = this.options;
    // The configuration of `respond` is an approver's: the daemon's lies where it lies for any other command.
    const configFile =
      config === undefined
        ? this.context.configFile
        : configPlace(this.context.env['TILLWARDEN_CONFIG'], process.cwd());
    const context = { ...this.context, configFile };
    if (out === undefined) {
      if (keyboard === null || now.evidence !== null || !hasState(context)) return null;
      const question = `Write everything about it to evidence-${now.incident}.tar.gz in this folder? y: yes, n: no ? `;
      if ((await keyboard.key(question, 'yn', 'n')) !== 'y') return null;
    } else if (now.finished === null) {
      throw new CliError(
        'CLI_USAGE',
        `the response is not over; "tillwarden evidence ${now.incident} --out FILE" writes what there is so far`,
      );
    }
    const { writeEvidence } = await import('../evidence/evidence.js');
    const { sha256, lines } = await writeEvidence(context, now.incident, out);
    const path = `/api/incidents/${now.incident}/response/evidence`;
    const noted = await this.client.json('POST', path, responseSchema, { body: { sha256 } });
    const { terminal } = this.context;
    if (this.options.json !== true) {
      for (const line of [...lines, `Its SHA-256 stands in the journal: ${sha256}`]) terminal.out(line);
    }
    return noted;
  }
}

/** Whether the state of a daemon lies on this machine. */
function hasState(context: CommandContext): boolean {
  const config = openConfigOrNull(context);
  return config !== null && existsSync(join(config.stateDirectory, 'state.sqlite'));
}

/** Words of an operator's runbook or of a person: plain where they are visible ASCII, else quoted. */
function plain(text: string): string {
  return /^[ -~]*$/.test(text) ? text : quote({ untrusted: text }, MOST_CHARACTERS);
}

/** A step that a person's word can tick. */
function mayBeSaid({ done, sees }: Step): boolean {
  return !done && sees?.saw !== 'contrary';
}

function codeOf({ finished }: WireResponse): number {
  return finished === null ? EXIT.drifted : EXIT.same;
}

function responseLines(now: WireResponse): string[] {
  const { incident, site, runbook, steps, begun, finished, others, left } = now;
  return [
    `response to incident ${incident} at ${site}`,
    `runbook ${runbook.name}: ${plain(runbook.title)}`,
    ...(runbook.source === null ? [] : [`  after ${plain(runbook.source)}`]),
    begun === null
      ? `  not begun; the first word begins it${others.length === 0 ? '' : ` (others: ${others.join(', ')})`}`
      : `  begun by ${begun.person} at ${utc(begun.atMs)}`,
    '',
    ...steps.flatMap((step) => stepLines(step, false)),
    '',
    finished === null
      ? `${left} of ${steps.length} steps are left before "${FINISH}": ${plain(now.finish)}`
      : `over, says ${finished.person}, ${utc(finished.atMs)}`,
  ];
}

function stepLines({ id, do: doing, why, done, sees, said }: Step, whole: boolean): string[] {
  const mark = done ? '[x]' : '[ ]';
  return [
    `${mark} ${id}: ${plain(doing)}`,
    ...(whole && why !== null ? [`      ${plain(why)}`] : []),
    ...(sees === null ? [] : [`      ${SAW[sees.saw]}: ${plain(sees.words)}`]),
    ...(said === null
      ? []
      : [
          `      ${said.person} at ${utc(said.atMs)}: ${said.done ? 'done' : 'not done'}${said.note === '' ? '' : ` ${plain(said.note)}`}`,
        ]),
  ];
}

const SAW = {
  done: 'seen',
  contrary: 'not so',
  unknown: 'unknown, so somebody must say it',
  'not-watched': 'tillwarden cannot look, so somebody must say it',
} as const;
