import { effect, signal } from '@preact/signals';
import type { ShownIncidentDetail, ShownOverview, ShownReader } from '../../daemon/views/shapes.js';
import { createClient } from '../view/client.js';
import { type Login, Refused } from '../view/refusal.js';
import { openEvents } from '../view/stream.js';

/** The session's cookie shows who asks: this only tells one session from the next. */
let login: Login = {};
export const client = createClient(() => login);

export const reader = signal<ShownReader | null>(null);
/** Nobody is signed in: a token is asked for. */
export const signedOut = signal(false);
export const overview = signal<ShownOverview | null>(null);
export const detail = signal<ShownIncidentDetail | null>(null);
/** What went wrong with the last request, in words. */
export const problem = signal<string | null>(null);
/** Since when what is shown may be old, in milliseconds of this machine; null while the daemon is heard. */
export const lostMs = signal<number | null>(null);
/** Id of the incident that the address names; null for the list. */
export const chosen = signal<string | null>(null);

/** An address of the page: `#/incident/7f3a`. */
function chosenBy(hash: string): string | null {
  return /^#\/incident\/([0-9a-f]{1,32})$/.exec(hash)?.[1] ?? null;
}

/** Signs in where the address brings a token, shows what there is, and follows what changes. */
export async function begin(): Promise<void> {
  window.addEventListener('hashchange', () => void follow());
  effect(() => {
    const open = overview.value?.incidents.length ?? 0;
    document.title = open === 0 ? 'tillwarden' : `(${open}) tillwarden`;
  });
  // A tab that was never let in listens to nothing yet: where another one of this browser is, its cookie lets this one in, too.
  events.channel.addEventListener('message', () => {
    if (signedOut.value && !listening && !document.hidden) void refresh();
  });
  await follow();
}

async function follow(): Promise<void> {
  const token = /^#token=(till_[A-Za-z0-9_-]{20,200})$/.exec(location.hash)?.[1];
  if (token !== undefined) {
    // Out of the address and the history before anything else.
    history.replaceState(null, '', '/');
    await signIn(token);
    return;
  }
  const id = chosenBy(location.hash);
  if (id !== chosen.value) detail.value = null;
  chosen.value = id;
  await refresh();
}

/** Lets this browser in with a token, which is not kept here. */
export async function signIn(token: string): Promise<void> {
  problem.value = null;
  try {
    const bearer: Login = { authorization: `Bearer ${token}` };
    await createClient(() => bearer).ask('POST', '/api/session');
    login = {};
    signedOut.value = false;
    chosen.value = chosenBy(location.hash);
    await refresh();
  } catch (error) {
    signedOut.value = true;
    problem.value = wordsOf(error);
  }
}

export async function signOut(): Promise<void> {
  await client.ask('DELETE', '/api/session').catch(() => undefined);
  location.reload();
}

const events = openEvents('/api/events');
let listening = false;

/** Asks for everything that is shown. */
export async function refresh(): Promise<void> {
  const id = chosen.value;
  try {
    const [who, all, one] = await Promise.all([
      reader.value ?? client.ask<ShownReader>('GET', '/api/me'),
      client.ask<ShownOverview>('GET', '/api/page/overview'),
      id === null ? null : client.ask<ShownIncidentDetail>('GET', `/api/page/incidents/${id}`),
    ]);
    reader.value = who;
    overview.value = all;
    if (chosen.value === id) detail.value = one;
    problem.value = null;
    lostMs.value = null;
    // Another tab of this browser signed in, and its cookie is that of all.
    if (signedOut.value) login = {};
    signedOut.value = false;
    listen();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      signedOut.value = true;
      reader.value = null;
      return;
    }
    if (error instanceof Refused && error.status === 0) lostMs.value ??= Date.now();
    else problem.value = wordsOf(error);
    listen();
  }
}

function listen(): void {
  if (listening) return;
  listening = true;
  client.listen(events, {
    state: () => void refresh(),
    alive: (isAlive) => {
      if (!isAlive) lostMs.value ??= Date.now();
      else if (lostMs.value !== null) void refresh();
    },
    refused: () => {
      signedOut.value = true;
    },
  });
}

/** Answers for an incident as it is shown. Resolves with whether it did. */
export async function acknowledge(shown: ShownIncidentDetail, reason: string): Promise<boolean> {
  const body = { revision: shown.revision, reason };
  try {
    await client.ask('POST', `/api/incidents/${shown.id}/acknowledge`, body);
    await refresh();
    return true;
  } catch (error) {
    await refresh();
    problem.value =
      error instanceof Refused && error.code === 'INCIDENT_OTHER_REVISION'
        ? 'It changed while you looked, and is shown as it is now. Nothing was acknowledged: look again.'
        : wordsOf(error);
    return false;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something went wrong';
}
