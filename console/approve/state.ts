import { computed, effect, signal } from '@preact/signals';
import type {
  ShownConsole,
  ShownDesk,
  ShownDifference,
  ShownDraft,
  ShownRejected,
  ShownSigned,
} from '../../daemon/views/console-shapes.js';
import type { ShownIncidentDetail } from '../../daemon/views/shapes.js';
import { createClient } from '../view/client.js';
import { type Login, Refused } from '../view/refusal.js';
import { openEvents } from '../view/stream.js';
import { Arrivals } from './arrivals.js';
import { type Choice, type Choices, holdingChoices, undecidedOf, withChoice } from './choices.js';
import { furtherNow } from './further.js';
import { signWithPasskey } from './passkey.js';
import { type PagePlace, placeOf, samePlace } from './place.js';
import { forgetRecords, readPlace } from './records-state.js';

/** Whether the console is served by a host, and not by this machine. */
export const isHost = location.protocol === 'https:';
/** On this machine the secret of this launch, for this tab: other pages of it have another storage. On a host the session's cookie. */
const KEPT = 'secret';
let login: Login = isHost ? {} : loginBy(sessionStorage.getItem(KEPT) ?? '');
export const client = createClient(() => login);

export const overview = signal<ShownConsole | null>(null);
export const desk = signal<ShownDesk | null>(null);
/** Further differences that were asked for. */
const further = signal<readonly ShownDifference[]>([]);
export const differences = computed(() => [...(desk.value?.differences ?? []), ...further.value]);
/** What is decided about by itself: what goes along with something else stands below that. */
export const decidable = computed(() => {
  const along = new Set(differences.value.flatMap(({ leads }) => leads));
  return differences.value.filter(({ id }) => !along.has(id));
});
export const choices = signal<Choices>(new Map());
/** What was there when it was known last: what choices are about, also while nothing can be known. */
let known: readonly ShownDifference[] = [];
/** Choices that were dropped because what they were about moved, or was called hostile. */
export const dropped = signal(0);
/** The difference that the keys are about, and where it stood: what stands there in its stead is not meant. */
const current = signal<{ readonly id: string; readonly index: number } | null>(null);
export const currentDifference = computed(() => decidable.value.find(({ id }) => id === current.value?.id));
/** Whether what the keys were about is gone or another one by now. */
export const isCurrentLost = computed(() => current.value !== null && currentDifference.value === undefined);
const arrivals = new Arrivals();
/** Collections that could not be read, for which the person answers. */
export const without = signal<ReadonlySet<string>>(new Set());
export const draft = signal<ShownDraft | null>(null);
export const signed = signal<ShownSigned | null>(null);
/** What became of what was called hostile last: our words. */
export const told = signal<readonly string[]>([]);
export const busy = signal<string | null>(null);
export const problem = signal<string | null>(null);
export const lostMs = signal<number | null>(null);
/** No secret, or that of another launch. */
export const shutOut = signal(false);
/** What the address names. */
export const place = signal<PagePlace>({ page: 'overview' });
/** Name of the site on the desk; null while another page is shown. */
export const chosen = computed(() => (place.value.page === 'site' ? place.value.site : null));
export const incident = signal<ShownIncidentDetail | null>(null);

/** Follows the address and what changes. */
export function begin(): void {
  effect(() => {
    const open = overview.value?.daemon?.incidents?.length ?? 0;
    document.title = open === 0 ? 'tillwarden console' : `(${open}) tillwarden console`;
  });
  const events = openEvents('/api/events');
  window.addEventListener('hashchange', () => void follow());
  void follow().then(() =>
    client.listen(events, {
      state: () => void refresh(),
      alive: (isAlive) => {
        if (!isAlive) lostMs.value ??= Date.now();
        else if (lostMs.value !== null) void refresh();
      },
      refused: () => {
        shutOut.value = true;
      },
    }),
  );
}

async function follow(): Promise<void> {
  const [, what, given] = /^#(secret|code)=([A-Za-z0-9_-]{20,100})$/.exec(location.hash) ?? [];
  if (given !== undefined) {
    history.replaceState(null, '', '/');
    if (what === 'code') await letIn(given);
    else {
      sessionStorage.setItem(KEPT, given);
      login = loginBy(given);
    }
    if (shutOut.value) location.reload();
  }
  const next = placeOf(location.hash);
  if (!samePlace(next, place.value)) {
    leaveDesk();
    forgetRecords();
    incident.value = null;
    problem.value = null;
  }
  place.value = next;
  await refresh();
}

/** Lets this browser in on a host. Refused, it is as it was: whoever was in before stays in. */
async function letIn(code: string): Promise<void> {
  const bearer = loginBy(code);
  await createClient(() => bearer)
    .ask('POST', '/api/session')
    .then(() => {
      login = {};
    })
    .catch(() => undefined);
}

export async function signOut(): Promise<void> {
  await client.ask('DELETE', '/api/session').catch(() => undefined);
  location.reload();
}

function loginBy(secret: string): Login {
  return { authorization: `Bearer ${secret}` };
}

/** Rises whenever a desk is left: what comes of work that was begun there is not shown on the next one. */
let visit = 0;
function sameVisit(): () => boolean {
  const begun = visit;
  return () => visit === begun;
}

function leaveDesk(): void {
  visit += 1;
  desk.value = null;
  further.value = [];
  known = [];
  choices.value = new Map();
  dropped.value = 0;
  current.value = null;
  arrivals.clear();
  without.value = new Set();
  draft.value = null;
  signed.value = null;
  told.value = [];
}

let reading: Promise<void> | null = null;
let isOld = false;

/** Asks for everything that is shown. What happens meanwhile is asked for after it, once. */
export function refresh(): Promise<void> {
  isOld = true;
  reading ??= readWhileOld().finally(() => {
    reading = null;
  });
  return reading;
}

async function readWhileOld(): Promise<void> {
  while (isOld) {
    isOld = false;
    await readShown();
  }
}

/** What kept the page from being read last, as it is said. */
let unread: string | null = null;

async function readShown(): Promise<void> {
  const at = place.value;
  try {
    await read(at);
    lostMs.value = null;
    comeBack();
    // What is there now is shown again; what else was said stays to be read.
    if (problem.value === unread) problem.value = null;
    unread = null;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) shutOut.value = true;
    else if (error instanceof Refused && error.status === 0) lostMs.value ??= Date.now();
    else if (samePlace(at, place.value)) {
      unread = wordsOf(error);
      problem.value = unread;
    }
  }
}

/** Another tab of this browser was let in, and its cookie is that of all: this one follows what happens again. */
function comeBack(): void {
  if (!shutOut.value || !isHost) return;
  login = {};
  shutOut.value = false;
}

/** How old the list may be that another page needs beside its own, in milliseconds. */
const BESIDE_MS = 5_000;
let listedMs = 0;

async function read(at: PagePlace): Promise<void> {
  const isStill = () => samePlace(at, place.value);
  if (at.page === 'overview' || overview.value === null) await readList();
  if (at.page === 'site') {
    const now = await client.ask<ShownDesk>('GET', `/api/sites/${at.site}`);
    // What is shown is not older than the rest: a record of the second hundred moves as any other.
    const more = await furtherNow(
      now,
      () => further.value.length,
      (from) => furtherFrom(at.site, from),
    );
    if (isStill()) take(now, more);
  } else if (at.page === 'incident') {
    const now = await client.ask<ShownIncidentDetail>('GET', `/api/incidents/${at.id}`);
    if (isStill()) incident.value = now;
    // Behind what is looked at: how many are open stands in the title.
    if (Date.now() - listedMs > BESIDE_MS) await readList();
  } else if (at.page !== 'overview') await readPlace(client, at, isStill);
}

async function readList(): Promise<void> {
  overview.value = await client.ask<ShownConsole>('GET', '/api/console');
  listedMs = Date.now();
}

/** Takes what is there now: choices about what moved are dropped. */
function take(now: ShownDesk, more: readonly ShownDifference[]): void {
  if (desk.value?.problem === null) known = differences.value;
  desk.value = now;
  // While nothing can be known nothing is lost: choices wait for what is there then.
  if (now.problem !== null) return;
  further.value = more;
  const done = signed.value;
  // What waited was withdrawn, or finished by others.
  if (done?.installed === false && now.pending?.digest !== done.digest) signed.value = null;
  const kept = holdingChoices(choices.value, known, differences.value);
  if (kept.size < choices.value.size) {
    dropped.value += choices.value.size - kept.size;
    choices.value = kept;
    // What was summed up is not what would be signed any more.
    draft.value = null;
  }
  arrivals.note(known, differences.value);
  keepCurrent();
}

/** The keys stay with what they are about, wherever it stands by now; at first that is the first one. */
function keepCurrent(): void {
  const id = current.value?.id ?? decidable.value[0]?.id;
  const index = decidable.value.findIndex((one) => one.id === id);
  if (id !== undefined && index >= 0) current.value = { id, index };
}

/** Has the keys be about another one; from what is gone, about that which stands in its place. */
export function moveBy(by: 1 | -1): void {
  const all = decidable.value;
  const { index = 0 } = current.value ?? {};
  const next = isCurrentLost.value && by > 0 ? index : index + by;
  const place = Math.max(0, Math.min(all.length - 1, next));
  const id = all[place]?.id;
  current.value = id === undefined ? null : { id, index: place };
}

export function choose(id: string, choice: Choice): void {
  const one = differences.value.find((difference) => difference.id === id);
  if (one === undefined || (choice === 'accept' && !one.acceptable)) return;
  if (choice === 'accept' && arrivals.isUnread(id)) {
    problem.value = 'This came a moment ago, and is not accepted yet: read it, and then accept it.';
    return;
  }
  choices.value = withChoice(choices.value, one, choice);
}

/** What is shown of a collection; null: of all. */
const shownOf = (collection: string | null) =>
  differences.value.filter(
    ({ shown }) => collection === null || (shown.what === 'change' && shown.collection === collection),
  );

/** Ids of what is shown of a collection, with what goes along with it. */
export function idsOf(collection: string): ReadonlySet<string> {
  return new Set(shownOf(collection).flatMap(({ id, leads }) => [id, ...leads]));
}

/** What one answer covers, of everything or of one collection. */
export function restOf(collection: string | null): ReadonlySet<string> {
  return undecidedOf(shownOf(collection), choices.value);
}

/** Accepts what is undecided, of everything or of one collection. */
export function acceptRest(collection: string | null = null): void {
  const all = [...restOf(collection)];
  const rest = all.filter((id) => !arrivals.isUnread(id));
  choices.value = new Map([...choices.value, ...rest.map((id) => [id, 'accept'] as const)]);
  const left = all.length - rest.length;
  if (left > 0) problem.value = `${left} came a moment ago, and are not accepted yet: read them first.`;
}

export async function loadMore(): Promise<void> {
  await attempt('Reading …', async () => {
    const isStill = sameVisit();
    const answer = await furtherFrom(chosen.value ?? '', differences.value.length);
    if (isStill()) further.value = [...further.value, ...answer];
  });
}

async function furtherFrom(site: string, from: number): Promise<readonly ShownDifference[]> {
  const path = `/api/sites/${site}/differences/${from}`;
  return (await client.ask<{ differences: ShownDifference[] }>('GET', path)).differences;
}

const chosenAs = (wanted: Choice) =>
  [...choices.value].flatMap(([id, choice]) => (choice === wanted ? [id] : []));
export const accepted = computed(() => chosenAs('accept'));
export const rejected = computed(() => chosenAs('reject'));

/** Asks what would be signed. */
export async function summarize(reason = '', renew = false): Promise<void> {
  await attempt('Computing what would be signed …', async () => {
    await draw('draft', { accepted: accepted.value, reason, renew, without: [...without.value] });
  });
}

export async function summarizePending(digest: string): Promise<void> {
  await attempt('Reading the proposal …', async () => {
    await draw('co-sign', { digest });
  });
}

async function draw(path: 'draft' | 'co-sign', body: object): Promise<void> {
  const isStill = sameVisit();
  const drawn = await client.ask<ShownDraft>('POST', `/api/sites/${chosen.value}/${path}`, body);
  // Shown on the desk of another site it would be taken for that one's.
  if (isStill()) draft.value = drawn;
}

export async function withdraw(digest: string): Promise<void> {
  await attempt('Withdrawing …', async () => {
    await client.ask('POST', `/api/sites/${chosen.value}/withdraw`, { digest });
    await refresh();
  });
}

/** Signs what the summary says, with the SSH key of this machine or a passkey; then what was rejected is told. */
export async function sign(shown: ShownDraft, by: 'ssh' | 'passkey'): Promise<void> {
  const waiting =
    by === 'ssh' ? 'Signing: ssh-keygen may ask on the terminal …' : 'Waiting for your passkey …';
  await attempt(waiting, async () => {
    const [site, hostile, isStill] = [chosen.value, rejected.value, sameVisit()];
    const passkey = by === 'ssh' ? null : await signWithPasskey(shown.challenge);
    const body = { draft: shown.draft, passkey };
    const done = await client.ask<ShownSigned>('POST', `/api/sites/${site}/sign`, body);
    if (isStill()) {
      signed.value = done;
      draft.value = null;
      choices.value = new Map();
      dropped.value = 0;
      current.value = null;
    }
    if (hostile.length > 0) await tellHostile(site, hostile, isStill);
    await refresh();
    if (isStill()) arrivals.emptiedByOwnHand();
  });
}

export async function reject(ids: readonly string[]): Promise<void> {
  await attempt('Telling everybody …', async () => {
    const isStill = sameVisit();
    await tellHostile(chosen.value, ids, isStill);
    if (isStill()) choices.value = new Map([...choices.value].filter(([, choice]) => choice !== 'reject'));
    await refresh();
  });
}

async function tellHostile(
  site: string | null,
  ids: readonly string[],
  isStill: () => boolean,
): Promise<void> {
  const { words } = await client.ask<ShownRejected>('POST', `/api/sites/${site}/reject`, { ids });
  if (isStill()) told.value = words;
}

/** Answers for an incident as it is shown. Resolves with whether it did. */
export function acknowledge(shown: ShownIncidentDetail, reason: string): Promise<boolean> {
  return attempt('Telling the daemon …', async () => {
    await client.ask('POST', `/api/incidents/${shown.id}/acknowledge`, { revision: shown.revision, reason });
    await refresh();
  });
}

/** Does one thing at a time; what goes wrong is said, and what is shown is read anew. Resolves with whether it was done. */
export async function attempt(what: string, work: () => Promise<void>): Promise<boolean> {
  if (busy.value !== null) return false;
  busy.value = what;
  problem.value = null;
  try {
    await work();
    return true;
  } catch (error) {
    const words = wordsOf(error);
    if (error instanceof Refused && error.code === 'CONSOLE_MOVED') draft.value = null;
    await refresh();
    problem.value = words;
    return false;
  } finally {
    busy.value = null;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'NotAllowedError') {
    return 'Nothing was signed: no passkey was used, or it took too long. Try again, or sign with an SSH key.';
  }
  if (error instanceof Refused) return `${error.message}${error.code === '' ? '' : ` (${error.code})`}`;
  return error instanceof Error ? error.message : 'something went wrong';
}
