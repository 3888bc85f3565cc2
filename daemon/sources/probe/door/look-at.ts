import type { Socket } from 'node:net';
import type { DoorHttp } from '../../../../baselines/index.js';
import { whereabouts } from './addresses.js';
import { handshake, type ServerCertificate } from './certificate.js';
import { knockAtOneOf } from './connect.js';
import { ask, type WebAnswer } from './web-answer.js';

/** What was found at one door. */
export type DoorFacts =
  | { readonly type: 'open'; readonly tls: TlsFacts | null; readonly web: WebFacts | null }
  | { readonly type: 'closed' }
  | { readonly type: 'no-answer' }
  /** Nobody knows: its name leads nowhere that may be asked, or this machine could not ask. `code` is the system's, or ours. */
  | { readonly type: 'not-asked'; readonly code: string };

/** Null where TLS was not spoken, or nothing was shown. */
export type TlsFacts = { readonly spoken: boolean; readonly certificate: ServerCertificate | null };

export interface WebFacts {
  /** Null: what came was no HTTP, or nothing did. */
  readonly answer: WebAnswer | null;
  /** Null: nobody asks for such a page. */
  readonly installation: 'answers' | 'does not answer' | 'could not be asked' | null;
}

/** A door, and how it is looked at. */
export interface Door {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly http: DoorHttp | null;
}

export interface LookLimits {
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly allowPrivateAddress: boolean;
  /** Resolves when another connection may be begun. */
  readonly turn: () => Promise<void>;
}

/** How often a door is knocked at that says nothing: a packet may be lost. */
const KNOCKS = 2;

/** Looks at one door: a connection for each page, two knocks at most. Never rejects, and ends within the limits' times. */
export async function lookAt(door: Door, limits: LookLimits): Promise<DoorFacts> {
  const { tls, http } = door;
  const first = await enter(door, limits);
  if (first.type !== 'open') return first;
  const canAsk = !tls || first.tls?.spoken === true;
  if (http === null || !canAsk) first.socket.destroy();
  if (http === null) return { type: 'open', tls: first.tls, web: null };
  const answer = canAsk ? await ask(first.socket, questionOf(door, http.path, limits)) : null;
  return {
    type: 'open',
    tls: first.tls,
    web: { answer, installation: await installationOf(door, http, limits) },
  };
}

type Entered =
  | { readonly type: 'open'; readonly socket: Socket; readonly tls: TlsFacts | null }
  | Exclude<DoorFacts, { type: 'open' }>;

/** A connection to the door, with TLS on it where it is spoken. */
async function enter(door: Door, limits: LookLimits): Promise<Entered> {
  const { host, port, tls } = door;
  const place = await withinMs(whereabouts(host, limits.allowPrivateAddress), limits.connectTimeoutMs);
  if (place === null) return { type: 'not-asked', code: 'DNS_TIMEOUT' };
  if (place.type === 'not-found') return { type: 'not-asked', code: place.code };
  let outcome = await knockInTurn(place.addresses, port, limits);
  for (let knocks = 1; outcome.type === 'no-answer' && knocks < KNOCKS; knocks++) {
    outcome = await knockInTurn(place.addresses, port, limits);
  }
  if (outcome.type !== 'open') return outcome;
  if (!tls) return { type: 'open', socket: outcome.socket, tls: null };
  const shake = await handshake(outcome.socket, host, limits.answerTimeoutMs);
  if (shake.type === 'not-spoken') {
    return { type: 'open', socket: outcome.socket.destroy(), tls: { spoken: false, certificate: null } };
  }
  return { type: 'open', socket: shake.socket, tls: { spoken: true, certificate: shake.certificate } };
}

async function knockInTurn(
  addresses: readonly string[],
  port: number,
  { turn, connectTimeoutMs }: LookLimits,
) {
  await turn();
  return knockAtOneOf(addresses, port, connectTimeoutMs);
}

async function installationOf(
  door: Door,
  { installation }: DoorHttp,
  limits: LookLimits,
): Promise<WebFacts['installation']> {
  if (installation === undefined) return null;
  const entered = await enter(door, limits);
  if (entered.type !== 'open') return 'could not be asked';
  if (door.tls && entered.tls?.spoken !== true) {
    entered.socket.destroy();
    return 'could not be asked';
  }
  const answer = await ask(entered.socket, questionOf(door, installation.path, limits));
  if (answer === null || answer.came === 'not finished in time') return 'could not be asked';
  if (answer.status !== 200) return 'does not answer';
  if (answer.body.includes(installation.contains)) return 'answers';
  // What was not read may hold it.
  return answer.came === 'whole' ? 'does not answer' : 'could not be asked';
}

function questionOf({ host, port, tls }: Door, path: string, limits: LookLimits) {
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    authority: port === (tls ? 443 : 80) ? name : `${name}:${port}`,
    path,
    timeoutMs: limits.answerTimeoutMs,
    maxBytes: limits.maxAnswerBytes,
  };
}

/** Null when it takes longer: the system's resolver knows no limit. */
async function withinMs<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
