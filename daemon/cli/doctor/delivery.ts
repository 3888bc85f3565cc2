import { programVersion } from '../../built.js';
import type { Config } from '../../config/config.js';
import { isObject } from '../../config/reading.js';
import { readChannelTests } from '../../watchdog/channel-tests.js';
import { channelsOf } from '../../watchdog/health.js';
import { NO_HEARTBEAT } from '../../watchdog/heartbeat.js';
import { unproven } from '../../watchdog/proven.js';
import { grouped, listed } from '../../wording.js';
import { askDaemon, type DaemonAnswer, degradedWords } from '../site/daemon-answer.js';
import { readStoreTolerantly } from './state.js';
import { type Symptom, symptomsOf } from './symptom.js';

const daemon = symptomsOf('daemon');
const channels = symptomsOf('channels');

/** Whether people would be told: the channels and their last proof, the daemon, and who notices when it is gone. `unsigned`: sites without a baseline. */
export async function examineDelivery(
  config: Config,
  nowMs: number,
  unsigned: readonly string[],
): Promise<Symptom[]> {
  const answer = await askDaemon(config);
  return [
    ...daemonSymptoms(config, answer, unsigned),
    ...channelSymptoms(config, nowMs),
    heartbeatSymptom(config, answer),
  ];
}

function daemonSymptoms(
  { heartbeat, http: { host, port } }: Config,
  answer: DaemonAnswer | null,
  unsigned: readonly string[],
): Symptom[] {
  if (answer === null) {
    return [
      port === 0
        ? daemon.unknown('whether the daemon runs cannot be asked: its port is chosen at the start', {
            advice: 'give http.port a number in the configuration',
          })
        : daemon.broken(`no daemon answers at ${host}:${port}: nothing is watched`, {
            advice:
              unsigned.length === 0
                ? null
                : `sign the first baseline of ${listed(unsigned)} before: the daemon alerts people to what nobody has signed`,
            command: 'tillwarden run',
          }),
    ];
  }
  const version = String(answer['version'])
    .replace(/[^\w.-]/g, '?')
    .slice(0, 40);
  const own = programVersion();
  return [
    version === own
      ? daemon.good(`the daemon runs at ${host}:${port}`, `runs at ${host}:${port}`)
      : daemon.weak(`the daemon runs version ${version}, and this program is ${own}`, {
          command: 'systemctl restart tillwarden',
          advice: 'restart it where it runs otherwise',
        }),
    // A heartbeat that is not configured is a symptom of its own.
    ...degradedWords(answer)
      .filter((words) => heartbeat !== null || words !== NO_HEARTBEAT)
      .map((words) => daemon.weak(`the daemon says: ${words}`)),
  ];
}

function channelSymptoms(config: Config, nowMs: number): Symptom[] {
  const { stateDirectory, notifiers } = config;
  const deliveries = readStoreTolerantly(stateDirectory);
  // Whoever cannot read the state knows of no proof, which does not mean that there is none (invariant 14).
  if (deliveries === null) {
    const names = listed(notifiers.map(({ name }) => name));
    return [
      channels.unknown(
        `whether anything arrives through ${names} is not known: the state in ${stateDirectory} cannot be read`,
      ),
    ];
  }
  const tests = readChannelTests(stateDirectory, notifiers);
  const known = channelsOf(notifiers, deliveries, tests);
  return known.map(({ name, kind, lastProof, lastFailure, pending, failed }) => {
    const test = tests.find(({ channel }) => channel === name);
    const command = `tillwarden notify test ${name}`;
    if (test !== undefined && !test.delivered && test.atMs > (lastProof?.atMs ?? 0)) {
      return channels.broken(`${name} (${kind}): its last test did not arrive: ${test.reason ?? ''}`, {
        command,
      });
    }
    const why = unproven(name, lastProof, nowMs);
    if (why !== null) return channels.weak(why.replace(/; run .*/, ''), { command });
    const waiting = pending + failed;
    return waiting === 0
      ? channels.good(
          `${name} (${kind}): something arrived within the last week`,
          `${name} (${kind})`,
          'channels, each proven within a week',
        )
      : channels.weak(
          `${name} (${kind}): ${grouped(waiting, 'message')} did not get through: ${lastFailure ?? 'not tried yet'}`,
          { command },
        );
  });
}

function heartbeatSymptom({ heartbeat, http }: Config, answer: DaemonAnswer | null): Symptom {
  if (heartbeat === null) {
    return daemon.weak(NO_HEARTBEAT, {
      advice:
        'docs/config.md, "heartbeat": a check at a dead man\'s switch elsewhere, and its address in heartbeat.url_file',
    });
  }
  const told = answer?.['heartbeat'];
  if (!isObject(told)) {
    return daemon.unknown(
      'whether the heartbeat arrives is known by the daemon alone, which does not answer',
      {
        command: `curl http://${http.host}:${http.port}/status`,
      },
    );
  }
  if (told['overdue'] === true || told['lastArrivedMs'] === null) {
    const why =
      typeof told['failure'] === 'string' ? `: ${told['failure'].replace(/[^ -~]/g, '?').slice(0, 300)}` : '';
    return daemon.broken(`the heartbeat does not arrive${why}`, { advice: 'correct heartbeat.url' });
  }
  return daemon.good('the heartbeat arrives', 'heartbeat arrives');
}
