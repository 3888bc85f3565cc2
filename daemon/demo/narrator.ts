import { styleText } from 'node:util';
import { SEVERITIES } from '../../notifiers/index.js';
import type { DaemonStatus } from '../watchdog/health.js';
import type { ChosenPlay } from './scenario/index.js';
import type { StepResult } from './script.js';
import type { Stage } from './stage.js';
import { slackText } from './stand-ins/messages.js';
import type { PostedMessage } from './stand-ins/slack-workspace.js';

/** What the demo prints, for people or as JSON lines. */
export interface Narrator {
  opening(directory: string, chosen: ChosenPlay): void;
  progress(line: string): void;
  step(result: StepResult): void;
  /** What the attack did and nobody could be told. */
  unseen(lines: readonly string[]): void;
  open(status: DaemonStatus, heartbeats: number): void;
  summary(summary: { steps: number; alerted: number; messages: string }): void;
  /** What can be done by hand now. `pid` where several demos run, so that the commands must say which is meant. */
  invitation(pid: number | null, pages: DemoPages): void;
  /** What stays on the disk. */
  left(line: string): void;
  /** Returns what prints the messages that arrived since it was called last. */
  arrivals(stage: Stage): () => void;
}

export function narrator(json: boolean): Narrator {
  return json ? forPrograms() : forPeople();
}

function forPrograms(): Narrator {
  const print = (event: object) => console.log(JSON.stringify(event));
  return {
    opening: () => undefined,
    progress: () => undefined,
    step: ({ name, collection, sentAtMs, arrivals }) => {
      for (const { channel, receivedAtMs } of arrivals) {
        const latencyMs = Math.round((receivedAtMs - sentAtMs) * 10) / 10;
        print({ event: 'alerted', step: name, collection, channel, latencyMs });
      }
    },
    unseen: (lines) => {
      for (const words of lines) print({ event: 'unseen', words });
    },
    open: () => undefined,
    summary: ({ steps, alerted, messages }) =>
      print({ event: 'summary', steps, alerted, lost: steps - alerted, messages }),
    invitation: (pid, pages) => print({ event: 'running', pid: pid ?? process.pid, ...pages }),
    left: () => undefined,
    arrivals: () => () => undefined,
  };
}

/** Where a browser of this machine looks at the demo. */
export interface DemoPages {
  readonly watchPage: string | null;
  readonly console: string | null;
  /** Statements to try. */
  readonly tryOut: readonly string[];
}

const TITLES = { postgres: 'PostgreSQL', mysql: 'MySQL or MariaDB' } as const;

function forPeople(): Narrator {
  const coloured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const paint: Paint = (style, text) => (coloured ? styleText(style, text) : text);
  const print = (line = '') => console.log(line);
  let step = 0;
  let shownLast = '';
  return {
    opening: (directory, { title, database }) => {
      print(paint('bold', `tillwarden demo: ${title}, replayed against a real ${TITLES[database]}`));
      print(`Everything lies in ${directory}`);
      print();
    },
    progress: (line) => print(paint('dim', `  · ${line}`)),
    step: (result) => {
      step += 1;
      const text = result.arrivals[0]?.text ?? '';
      for (const line of stepLines(step, result, paint, text === shownLast)) print(line);
      shownLast = text;
    },
    unseen: (lines) => {
      if (lines.length > 0) print();
      for (const line of lines) print(paint('yellow', line));
    },
    open: ({ sites }, heartbeats) => {
      print();
      for (const { site, baseline, openFindings, collections } of sites) {
        const open = SEVERITIES.flatMap((severity) => {
          const count = openFindings[severity] ?? 0;
          return count === 0 ? [] : [`${count} ${severity}`];
        });
        print(paint('bold', `Still open at ${site}: ${open.join(', ') || 'nothing'}`));
        print(
          `  baseline ${baseline?.version ?? 'none'} in force · ${collections.same} collections as signed, ${collections.drifted} drifted, ${collections.unknown} unknown · ${heartbeats} heartbeats of terminals meanwhile, none of them told`,
        );
      }
    },
    summary: ({ steps, alerted, messages }) => {
      print();
      const all = alerted === steps;
      print(paint(all ? 'green' : 'red', `${alerted} of ${steps} steps were told on both channels.`));
      print(`The messages as they were sent (.eml, .html, Slack .json): ${messages}`);
    },
    invitation: (pid, pages) => {
      const { watchPage, console: link } = pages;
      const of = pid === null ? '' : ` --of ${pid}`;
      print();
      print(paint('bold', 'The demo stays up. Play the incident by hand, in another terminal:'));
      print(
        `  ./tillwarden demo show${of}       what is open now, whole (an alert says "tillwarden show ID")`,
      );
      print(`  ./tillwarden demo ack${of}        answer for it, as alice`);
      print(
        `  ./tillwarden demo respond${of}    walk through the response, up to switching terminals on again`,
      );
      print(
        `  ./tillwarden demo approve${of}    look at each difference and sign what is right, as alice, then as bob`,
      );
      for (const statement of pages.tryOut) print(`  ./tillwarden demo sql${of} "${statement}"`);
      print(`  ./tillwarden demo console${of}    the same in a browser of this machine`);
      if (watchPage !== null) print(`The watch page, to read and answer, signed in as alice: ${watchPage}`);
      if (link !== null) print(`The console, to decide and sign as alice: ${link}`);
      print('What Slack is told is shown here. Ctrl-C ends it.');
    },
    left: (line) => print(paint('dim', line)),
    arrivals: ({ slack }) => {
      let shown = slack.messages.length;
      return () => {
        for (; shown < slack.messages.length; shown++) {
          const message = slack.messages[shown];
          if (message) for (const line of arrivalLines(message, paint)) print(line);
        }
      };
    },
  };
}

/** A message as it arrives. One that Slack shows in the place of an earlier one alarms nobody again, so a line says enough. */
function arrivalLines(message: PostedMessage, paint: Paint): string[] {
  const at = clock(message.receivedAtMs);
  if (message.update) return [paint('dim', `${at}  edited in place: ${message.text}`)];
  return [
    '',
    `${at}  ${paint('yellow', message.text)}`,
    indented(body(slackText(message)), '   │ ', '   │ '),
  ];
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

function stepLines(
  step: number,
  { story, ran, sentAtMs, arrivals, silenced }: StepResult,
  paint: Paint,
  saidAbove: boolean,
): string[] {
  const why = silenced ? '   (no notification: only the timed read can find it)' : '';
  const [first] = arrivals;
  return [
    '',
    paint('bold', `${step}. ${story}`),
    paint(
      'dim',
      'sql' in ran ? indented(unindented(ran.sql), '   sql> ', '        ') : `   host$ ${ran.shell}`,
    ),
    `   sent ${clock(sentAtMs)}${why}`,
    ...arrivals.map(({ channel, receivedAtMs, title }) => {
      const ms = (receivedAtMs - sentAtMs).toFixed(receivedAtMs - sentAtMs < 100 ? 1 : 0);
      const later = `+${ms} ms`.padStart(10);
      return `   ${channel.padEnd(6)} ${clock(receivedAtMs)}  ${later}  ${paint('yellow', title)}`;
    }),
    ...['slack', 'email']
      .filter((channel) => !arrivals.some((arrival) => arrival.channel === channel))
      .map((channel) => paint('red', `   ${channel}: NOT TOLD`)),
    ...(saidAbove ? [paint('dim', '   │ (in the message above)')] : []),
    ...(first && !saidAbove ? [indented(body(first.text), '   │ ', '   │ ')] : []),
  ];
}

/** The message below its title, which is printed by itself: once as the preview, once as the header. */
function body(text: string): string {
  const [title, ...rest] = text.split('\n');
  const from = rest[0] === title ? 1 : 0;
  return rest.slice(from).join('\n').trim();
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

function unindented(sql: string): string {
  return sql
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
}

function indented(text: string, first: string, next: string): string {
  return text
    .split('\n')
    .map((line, index) => `${index === 0 ? first : next}${line}`)
    .join('\n');
}
