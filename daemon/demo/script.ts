import { setTimeout as delay } from 'node:timers/promises';
import { type Arrival, arrivals } from './alerted.js';
import type { AttackStep } from './scenario/scenario.js';
import { approveSite } from './site.js';
import type { Stage } from './stage.js';
import { preciseNowMs } from './stand-ins/inbox.js';

/** How long an alert may take before the step counts as lost, in milliseconds: several timed reads, also on a machine with much other work. */
const LIMIT_MS = 60_000;
/** Between steps, so that a person can follow. */
const PAUSE_MS = 300;

export interface StepResult {
  readonly name: string;
  readonly story: string;
  /** What was run: statements, or a command that would do the same on a real machine. */
  readonly ran: { readonly sql: string } | { readonly shell: string };
  readonly collection: string;
  readonly silenced: boolean;
  readonly sentAtMs: number;
  readonly arrivals: readonly Arrival[];
}

/** Replays the attack, step by step, and tells of each when both channels were told of it. */
export async function replay(stage: Stage, onStep: (result: StepResult) => void): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const group of grouped(stage.play.attack)) {
    const sent: { step: AttackStep; sentAtMs: number }[] = [];
    for (const step of group) {
      sent.push({ step, sentAtMs: preciseNowMs() });
      await play(stage, step);
    }
    for (const { step, sentAtMs } of sent) {
      const { name, story, collection, silenced, evidence } = step;
      const ran = 'sql' in step ? { sql: step.sql } : { shell: step.shell };
      const told = await arrivals(stage, evidence, sentAtMs, LIMIT_MS);
      const result = { name, story, ran, collection, silenced, sentAtMs, arrivals: told };
      for (const one of [result, ...(await answerTo(stage, name, sentAtMs))]) {
        results.push(one);
        onStep(one);
      }
    }
    await delay(PAUSE_MS);
  }
  return results;
}

/** What tillwarden itself says to a step, where a rule of containment is for it. */
async function answerTo(stage: Stage, step: string, sentAtMs: number): Promise<StepResult[]> {
  const { answer } = stage;
  if (answer?.after !== step) return [];
  const { name, story, shell, collection, evidence } = answer;
  const told = await arrivals(stage, evidence, sentAtMs, LIMIT_MS, 'alarm');
  return [{ name, story, ran: { shell }, collection, silenced: false, sentAtMs, arrivals: told }];
}

async function play({ database, host }: Stage, step: AttackStep): Promise<void> {
  if ('sql' in step) return database.run(step.sql, step.asAdministrator ? 'administrator' : 'owner');
  if (host === null) throw new RangeError('the scenario has no machine to do this on');
  return step.act(host);
}

/** What is silenced is sent together: the attacker does not wait for the alarm between two steps. */
function grouped(steps: readonly AttackStep[]): AttackStep[][] {
  const groups: AttackStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last && step.atOnce) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

/** A terminal the operator bought appears, and two people sign it and nothing else. */
export async function acceptLegitimate(stage: Stage): Promise<StepResult> {
  const { serialNumber, sql } = stage.play.bought;
  const sentAtMs = preciseNowMs();
  await stage.database.run(sql, 'owner');
  await arrivals(stage, serialNumber, sentAtMs, LIMIT_MS);
  const approvedAtMs = preciseNowMs();
  const version = await approveSite(
    stage.site,
    stage.site.approvers,
    `new terminal ${serialNumber}`,
    ({ line }) => line?.includes(`"${serialNumber}"`) === true,
  );
  const told = await arrivals(stage, `baseline ${version} is in force`, approvedAtMs, LIMIT_MS);
  return {
    name: 'legitimate-terminal-approved',
    story: `Terminal ${serialNumber}, which the operator bought, appears. Alice and Bob sign it, and nothing else.`,
    ran: { sql },
    collection: 'terminals',
    silenced: false,
    sentAtMs: approvedAtMs,
    arrivals: told,
  };
}
