import { join } from 'node:path';
import { SEVERITIES } from '../../../notifiers/index.js';
import type { Config } from '../../config/config.js';
import { loadConfig } from '../../config/load.js';
import { DemoError } from '../../demo/demo-error.js';
import { environmentOf } from '../../demo/people.js';
import { DEMO_PEOPLE, type DemoPerson } from '../../demo/people-names.js';
import { oneRunningDemo, type RunningDemo } from '../../demo/running.js';
import { runApprove } from '../approve/approve.js';
import { waitingProposal } from '../approve/waiting-proposal.js';
import type { CommandContext } from '../command.js';
import { type RunningConsole, runConsole, startConsole } from '../console/console.js';
import { EXIT } from '../exit-code.js';
import { runAck } from '../incident/ack.js';
import { runRespond } from '../incident/respond.js';
import { runShow } from '../incident/show.js';
import { openState } from '../signing/open-state.js';
import { readApproval } from '../signing/verified-files.js';

interface DemoChoice {
  readonly of?: number;
  readonly as?: DemoPerson;
}

/** `tillwarden demo show`: `tillwarden show` with the configuration of the running demo. */
export async function runDemoShow(
  context: CommandContext,
  id: string | undefined,
  options: DemoChoice & { readonly json?: boolean },
): Promise<number> {
  const demo = await oneRunningDemo(options.of);
  const incident = id ?? worstOpen(loadConfig(demo.configFile, 'none'));
  return runShow({ ...context, configFile: demo.configFile, demo: { of: options.of } }, incident, options);
}

/** `tillwarden demo ack`: `tillwarden ack` at the running demo's daemon, from the machine of one of its people. */
export async function runDemoAck(
  context: CommandContext,
  id: string | undefined,
  { of, as = 'alice', ...options }: DemoChoice & { readonly revision?: string; readonly reason?: string },
): Promise<number> {
  const demo = await oneRunningDemo(of);
  const incident = id ?? worstOpen(loadConfig(demo.configFile, 'none'));
  return runAck(machineOf(context, demo, as, of), incident, options);
}

/** `tillwarden demo respond`: `tillwarden respond` at the running demo's daemon, from the machine of one of its people. */
export async function runDemoRespond(
  context: CommandContext,
  id: string | undefined,
  { of, as = 'alice' }: DemoChoice,
): Promise<number> {
  const demo = await oneRunningDemo(of);
  const incident = id ?? worstOpen(loadConfig(demo.configFile, 'none'));
  return runRespond(machineOf(context, demo, as, of), incident, {});
}

/**
 * `tillwarden demo approve`: `tillwarden approve` at the running demo's daemon, from the machine of one of its people; of the second one when a
 * proposal of the first waits.
 */
export async function runDemoApprove(
  context: CommandContext,
  { of, as, ...options }: DemoChoice & { readonly only?: string },
): Promise<number> {
  const demo = await oneRunningDemo(of);
  const config = loadConfig(demo.configFile, 'none');
  const person = as ?? ((await hasSigned(context, config, 'alice')) ? 'bob' : 'alice');
  context.terminal.out(`As ${person}, with the key and token in ${demo.peopleDirectory}:`);
  const exit = await runApprove(machineOf(context, demo, person, of), siteOf(config), options);
  const [other] = DEMO_PEOPLE.filter((one) => one !== person);
  if (exit === EXIT.same && (await hasSigned(context, config, person))) {
    const which = of === undefined ? '' : ` --of ${of}`;
    context.terminal.out(`Now play the second person: tillwarden demo approve --as ${other}${which}`);
  }
  return exit;
}

/** `tillwarden demo console`: the console on the machine of one of the demo's people, until Ctrl-C. */
export async function runDemoConsole(
  context: CommandContext,
  { of, as = 'alice' }: DemoChoice,
): Promise<number> {
  const demo = await oneRunningDemo(of);
  context.terminal.out(`As ${as}, with the key and token in ${demo.peopleDirectory}:`);
  return runConsole(machineOf(context, demo, as, of), { config: approverOf(demo.peopleDirectory, as) });
}

/** Opens the console as alice, beside a demo that runs in this process. */
export function consoleOfDemo(context: CommandContext): (peopleDirectory: string) => Promise<RunningConsole> {
  return (people) =>
    startConsole(
      { ...context, env: environmentOf(context.env, people, 'alice') },
      { config: approverOf(people, 'alice') },
    );
}

function approverOf(people: string, person: DemoPerson): string {
  return join(people, person, '.config', 'tillwarden', 'approver.yaml');
}

function machineOf(
  context: CommandContext,
  demo: RunningDemo,
  person: DemoPerson,
  of: number | undefined,
): CommandContext {
  return { ...context, env: environmentOf(context.env, demo.peopleDirectory, person), demo: { of } };
}

function siteOf({ sites }: Config): string | undefined {
  return sites[0]?.name;
}

/** Whether a proposal waits that this person has signed. */
async function hasSigned(context: CommandContext, config: Config, person: DemoPerson): Promise<boolean> {
  const site = siteOf(config) ?? '';
  const waiting = await waitingProposal(config, site, await readApproval(config, site, context.clock()));
  return waiting !== null && 'signers' in waiting && waiting.signers.includes(person);
}

/** The id of the most severe incident that is not resolved. Throws `DEMO_NO_INCIDENT`. */
function worstOpen(config: Config): string {
  const store = openState(config);
  try {
    const [worst] = [...store.incidents.list({ unresolvedOnly: true })].sort(
      (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
    );
    if (worst !== undefined) return worst.id;
  } finally {
    store.close();
  }
  throw new DemoError(
    'DEMO_NO_INCIDENT',
    'nothing is open in the demo; make something with tillwarden demo sql "delete from terminal where id = 7"',
  );
}
