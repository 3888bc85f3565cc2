import { isIP } from 'node:net';
import {
  collectionSnapshot,
  compareRecords,
  type Definition,
  type DoorTarget,
  type RecordLine,
} from '../../../baselines/index.js';
import { mayConnect } from '../../../notifiers/index.js';
import { severalAtATime } from '../../time/several-at-a-time.js';
import { counted } from '../../wording.js';
import type { CollectionReading, UnreadRecords } from '../source.js';
import { doorOf } from './collection.js';
import type { ProbeConfig } from './config.js';
import { type Door, type DoorFacts, type LookLimits, lookAt } from './door/look-at.js';
import { doorKey, type RecordContext, targetRecord } from './record.js';
import { evenTurns } from './turns.js';

/** Doors looked at at a time: names are looked up in few threads, which the channels need too. */
const AT_A_TIME = 2;

/** Looks at all doors of a collection. Never rejects for what a server did. */
export type DoorReader = (
  definition: Definition,
  targets: readonly DoorTarget[],
  now: Pick<RecordContext, 'holes' | 'nowMs'>,
) => Promise<CollectionReading>;

type Look = (door: Door, limits: LookLimits) => Promise<DoorFacts>;

/** What became of looking at one target. */
interface Looked {
  readonly target: DoorTarget;
  readonly facts: DoorFacts;
}

/** `look` is how one door is looked at; a test brings its own. */
export function createDoorReader(config: ProbeConfig, look: Look = lookAt): DoorReader {
  const limits: LookLimits = { ...config, turn: evenTurns(config.connectionsPerSecond) };
  return async (definition, targets, now) => {
    const untilMs = performance.now() + config.readTimeoutMs;
    const looked = await severalAtATime(AT_A_TIME, targets, async (target): Promise<Looked> => {
      const isLate = performance.now() >= untilMs;
      return { target, facts: isLate ? NO_TIME : await look(doorOf(target), limits) };
    });
    const isOnline =
      looked.some(provesNetwork) ||
      (await controlAnswers(config, looked, (door) => look(door, { ...limits, allowPrivateAddress: true })));
    const known = looked.map((one) => (isOnline || provesItself(one) ? one : { ...one, facts: NOT_ONLINE }));
    return readingOf(definition, known, { ...now, definition, expiresSoonMs: config.expiresSoonMs });
  };
}

const NO_TIME: DoorFacts = { type: 'not-asked', code: 'READ_TIMEOUT' };
/** Nothing answers here: whether a door is shut, or our own network is gone, nobody knows (invariant 14). */
const NOT_ONLINE: DoorFacts = { type: 'not-asked', code: 'NOTHING_ANSWERS' };

/** True when a packet came back from another machine: our own network works. */
function provesNetwork({ target, facts }: Looked): boolean {
  return (facts.type === 'open' || facts.type === 'closed') && !isOwnMachine(doorOf(target).host);
}

/** What says something of itself, and this machine, whose silence no network explains. */
function provesItself({ target, facts }: Looked): boolean {
  return facts.type !== 'no-answer' || isOwnMachine(doorOf(target).host);
}

function isOwnMachine(host: string): boolean {
  return host.toLowerCase() === 'localhost' || (isIP(host) !== 0 && mayConnect(host, 'loopback'));
}

/** Asked only when something depends on it. */
async function controlAnswers(
  { control }: ProbeConfig,
  looked: readonly Looked[],
  look: (door: Door) => Promise<DoorFacts>,
): Promise<boolean> {
  if (control === undefined || looked.every(provesItself)) return false;
  const facts = await look({ ...control, tls: false, http: null });
  return facts.type === 'open' || facts.type === 'closed';
}

function readingOf(
  definition: Definition,
  looked: readonly Looked[],
  context: RecordContext,
): CollectionReading {
  const records: RecordLine[] = [];
  const unread: { readonly key: string; readonly code: string }[] = [];
  for (const { target, facts } of looked) {
    if (facts.type === 'not-asked') {
      const key = JSON.stringify(doorKey(target.address, definition.doors?.from ?? ''));
      unread.push({ key, code: facts.code });
    } else {
      records.push(targetRecord(target, facts, context));
    }
  }
  const left = unreadDoors(unread);
  const snapshot = collectionSnapshot(definition, records.sort(compareRecords));
  return { readable: true, snapshot, ...(left === undefined ? {} : { unread: left }) };
}

function unreadDoors(
  unread: readonly { readonly key: string; readonly code: string }[],
): UnreadRecords | undefined {
  if (unread.length === 0) return undefined;
  const keys = new Set(unread.map(({ key }) => key));
  const codes = [...new Set(unread.map(({ code }) => code))].sort();
  return {
    count: unread.length,
    cause: 'unreachable',
    detail: `${counted(unread.length, 'door')} could not be asked (${codes.join(', ')})`,
    covers: (key) => keys.has(key),
  };
}
