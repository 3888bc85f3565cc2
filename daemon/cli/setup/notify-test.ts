import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Alert, type DeliveryOutcome, type Notifier, notifierKinds } from '../../../notifiers/index.js';
import type { NotifierConfig, NotifierConfigWithSecrets } from '../../config/config.js';
import { errorCode } from '../../error-code.js';
import { severalAtATime } from '../../time/several-at-a-time.js';
import { writeChannelTest } from '../../watchdog/channel-tests.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { failureOf } from '../failure.js';
import { namesOf, openConfig } from '../open-config.js';
import { asciiJson } from '../text/json.js';

/** Longer than any channel's own limit. */
const TIMEOUT_MS = 150_000;
/** Parts of one channel on their way at a time: fewer than mail servers take from one machine, and one that does not answer costs its limit once for all of them. */
const MOST_AT_ONCE = 4;

interface Attempt {
  readonly channel: string;
  /** Null: the channel could not be built, so no part of it was tried. */
  readonly part: string | null;
  readonly outcome: DeliveryOutcome;
}

/** `tillwarden notify test`: sends a test alert to each channel and each of its recipients, or to those of the named one, and says what came of each. */
export async function notifyTest(
  context: CommandContext,
  channel: string | undefined,
  options: { readonly json?: boolean },
): Promise<number> {
  const { terminal, clock } = context;
  const config = await openConfig(context, 'all');
  const wanted = config.notifiers.filter(({ name }) => channel === undefined || name === channel);
  if (wanted.length === 0) {
    throw new CliError(
      'CLI_UNKNOWN_CHANNEL',
      `no such channel is configured; there is ${namesOf(config.notifiers)}`,
    );
  }
  const site = config.sites[0];
  const alert = testAlert(site?.name ?? 'all-sites', site?.timeZone ?? 'UTC', clock());
  const attempts = (await Promise.all(wanted.map((one) => tryChannel(context, one, alert)))).flat();
  const problem = recordChannelTests(config.stateDirectory, wanted, attempts, clock());
  if (options.json) terminal.out(asciiJson({ attempts, recorded: problem === null }));
  else {
    for (const attempt of attempts) terminal.out(lineOf(terminal, attempt));
    if (problem !== null) terminal.out(`not recorded as proof: ${problem}`);
  }
  return attempts.every(({ outcome }) => outcome.delivered) ? EXIT.same : EXIT.internal;
}

/** Leaves what came of it where the daemon and `status` look. Returns why that was not possible; null when it was. */
function recordChannelTests(
  stateDirectory: string,
  channels: readonly NotifierConfig[],
  attempts: readonly Attempt[],
  atMs: number,
): string | null {
  try {
    for (const { name, kind } of channels) {
      const own = attempts.filter(({ channel }) => channel === name);
      const failed = own.map(({ outcome }) => outcome).find((outcome) => !outcome.delivered);
      const reason = failed === undefined || failed.delivered ? null : failed.reason;
      const channelTest = { channel: name, kind, atMs, delivered: reason === null, reason };
      if (!writeChannelTest(stateDirectory, channelTest))
        return 'the daemon has not kept its state here yet; once "tillwarden run" has, test again';
    }
    return null;
  } catch (error) {
    return `the state directory cannot be written (${errorCode(error) ?? 'error'}): run this as the daemon's user`;
  }
}

async function tryChannel(
  { terminal }: CommandContext,
  channel: NotifierConfigWithSecrets,
  alert: Alert,
): Promise<Attempt[]> {
  const { name } = channel;
  const notifier = await notifierOf(channel);
  if ('reason' in notifier) {
    return [{ channel: name, part: null, outcome: { delivered: false, retry: false, ...notifier } }];
  }
  try {
    return await terminal.progress(`sending to ${name}`, deliverParts(notifier, alert));
  } finally {
    await notifier.close();
  }
}

/** One channel that cannot be built must not keep from us what becomes of the others: why it cannot is what came of it. */
async function notifierOf({
  kind,
  name,
  config,
}: NotifierConfigWithSecrets): Promise<Notifier | { readonly reason: string }> {
  const registered = notifierKinds.get(kind);
  if (registered === undefined)
    throw new Error('the configuration names a kind of channel that is not registered');
  try {
    return (await registered.load()).create(name, config);
  } catch (error) {
    const [said = ''] = failureOf(error, false).lines;
    return { reason: said.replace(/^error /, '') };
  }
}

/** Tries every part, whatever became of the others: each recipient is proven by what it was sent itself. In the order of the parts. */
async function deliverParts(notifier: Notifier, alert: Alert): Promise<Attempt[]> {
  return severalAtATime(MOST_AT_ONCE, notifier.parts, async (part) => ({
    channel: notifier.name,
    part,
    outcome: await deliverPart(notifier, alert, part),
  }));
}

async function deliverPart(notifier: Notifier, alert: Alert, part: string): Promise<DeliveryOutcome> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await notifier.deliver({ alert, part, attempt: 1, thread: null, signal });
  } catch {
    // A defect of one channel must not keep from us what became of the others. The error may quote what the channel said.
    return { delivered: false, retry: true, reason: 'the notifier failed in a way it should not' };
  }
}

function lineOf(terminal: CommandContext['terminal'], { channel, part, outcome }: Attempt): string {
  const place = part === null ? channel : `${channel} ${part}`;
  if (outcome.delivered) return `${terminal.paint('green', 'delivered')}      ${place}`;
  const again = outcome.retry ? 'may work later' : 'will not work until this is put right';
  return `${terminal.paint('red', 'NOT delivered')}  ${place}: ${outcome.reason} (${again})`;
}

function testAlert(site: string, timeZone: string, nowMs: number): Alert {
  return {
    id: `test-${randomUUID().slice(0, 8)}`,
    type: 'test',
    role: 'notice',
    severity: 'info',
    site,
    incident: null,
    state: null,
    dedupKey: null,
    title: 'this is a test of this channel',
    consequence:
      'Nothing has happened. Somebody ran "tillwarden notify test" to see whether messages arrive here.',
    // Something to quote, so that a part which only quotes is sent as well.
    facts: [{ label: 'Sent from', quoted: { untrusted: hostname() } }],
    changes: [],
    changesLeftOut: 0,
    nextSteps: [],
    observedAtMs: nowMs,
    timeZone,
    head: { baselineVersion: null, journal: '0'.repeat(64) },
  };
}
