import { userInfo } from 'node:os';
import type { Config, ConfigWithSecrets } from '../../config/config.js';
import { ConfigError } from '../../config/errors.js';
import { loadConfig } from '../../config/load.js';
import type { CommandContext } from '../command.js';
import { sitesOf } from '../open-config.js';
import { asciiJson } from '../text/json.js';
import { typedAgain } from '../typed-again.js';
import { examineApprovals } from './approvals.js';
import { examineCertificates } from './certificates.js';
import { examineContainment } from './containment.js';
import { examineDatabases } from './databases.js';
import { examineDelivery } from './delivery.js';
import { examineFiles, whoLooks } from './files.js';
import { examineMachine } from './machine.js';
import { exitOfSymptoms, foldGood, type Symptom, symptomsOf, worstSymptomsFirst } from './symptom.js';

const { broken, unknown, good } = symptomsOf('configuration');

/**
 * `tillwarden doctor`: looks at everything that a set-up needs and prints, the worst first, what is wrong and what to type. Changes nothing and sends
 * nothing. The exit code is by the worst.
 */
export async function runDoctor(
  context: CommandContext,
  site: string | undefined,
  options: { readonly json?: boolean; readonly verbose?: boolean },
): Promise<number> {
  const { config, symptoms } = load(context);
  symptoms.push(whoLooks(), ...examineMachine(config));
  if (config !== null) symptoms.push(...(await examineConfigured(context, config, site)));
  const sorted = worstSymptomsFirst(symptoms.map((one) => withConfig(context, one)));
  const exit = exitOfSymptoms(sorted);
  if (options.json) {
    context.terminal.out(asciiJson({ exit, symptoms: sorted.map(({ folded: _, ...one }) => one) }));
  } else for (const line of doctorLines(context, sorted, options.verbose)) context.terminal.out(line);
  return exit;
}

/** A command of ours is about the configuration that was looked at, wherever it is typed. */
function withConfig(context: CommandContext, symptom: Symptom): Symptom {
  const { command } = symptom;
  if (command === null || !command.startsWith('tillwarden ')) return symptom;
  return { ...symptom, command: typedAgain(context, command) };
}

/** As much of the configuration as can be used: all of it, or what holds no secret. */
interface Loaded {
  readonly config: Config | ConfigWithSecrets | null;
  readonly symptoms: Symptom[];
}

function load({ configFile, sourceKinds }: CommandContext): Loaded {
  try {
    return {
      config: loadConfig(configFile, 'all', sourceKinds),
      symptoms: [good(`${configFile} says what to watch and whom to tell`, `${configFile} can be used`)],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const symptoms = error.problems.map(({ file = configFile, line, path, found, needed }) =>
      broken(`${line === null ? file : `${file}:${line}`}: ${path === '' ? '' : `${path}: `}found ${found}`, {
        advice: `needed ${needed}`,
      }),
    );
    return { config: withoutSecrets(configFile, sourceKinds), symptoms };
  }
}

function withoutSecrets(configFile: string, kinds: CommandContext['sourceKinds']): Config | null {
  try {
    return loadConfig(configFile, 'none', kinds);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

async function examineConfigured(
  context: CommandContext,
  config: Config | ConfigWithSecrets,
  siteName: string | undefined,
): Promise<Symptom[]> {
  const nowMs = context.clock();
  const approvals = await examineApprovals(config, nowMs);
  // In the order in which a set-up is mended: a daemon is started when there is something signed to compare with.
  return [
    ...examineFiles(config),
    ...(await examineSources(context, config, siteName)),
    ...approvals.symptoms,
    ...(await examineDelivery(config, nowMs, approvals.unsigned)),
    ...examineCertificates(config, nowMs),
  ];
}

async function examineSources(
  context: CommandContext,
  config: Config | ConfigWithSecrets,
  siteName: string | undefined,
): Promise<Symptom[]> {
  if (!('secrets' in config)) {
    return [
      unknown('no database was asked, since the secrets of the configuration cannot be read', {
        advice: `put right what stands above; you are ${userInfo().username}, and the daemon may be another user`,
      }),
    ];
  }
  const symptoms: Symptom[] = [];
  for (const site of sitesOf(config, siteName))
    symptoms.push(...(await examineDatabases(context, config, site)));
  const { containment, sourceKinds } = config;
  const look = examineContainment({ containment, sourceKinds });
  symptoms.push(...(await context.terminal.progress('looking at containment', look)));
  return symptoms;
}

const MARKS = { broken: 'BROKEN', unknown: 'UNKNOWN', weak: 'weak', good: 'good' } as const;
const COLOURS = { broken: 'red', unknown: 'yellow', weak: 'yellow', good: 'green' } as const;

function doctorLines(
  { terminal }: CommandContext,
  symptoms: readonly Symptom[],
  verbose: boolean = false,
): string[] {
  const said = verbose ? symptoms : foldGood(symptoms);
  const lines = said.flatMap(({ level, found, advice = null, command = null, statement = null }) => [
    `${terminal.paint(COLOURS[level], MARKS[level].padEnd(7))}  ${found}`,
    ...(advice === null ? [] : [`         ${advice}`]),
    ...(command === null ? [] : [`         $ ${command}`]),
    ...(statement === null ? [] : [`         sql> ${statement}`]),
  ]);
  const counts = (['broken', 'unknown', 'weak', 'good'] as const).flatMap((level) => {
    const count = symptoms.filter((one) => one.level === level).length;
    return count === 0 ? [] : [`${count} ${level}`];
  });
  const more = said.length < symptoms.length ? ' (--verbose names each)' : '';
  return [...lines, '', `${counts.join(', ')}${more}`];
}
