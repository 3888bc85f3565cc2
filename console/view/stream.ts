import type { Login } from './refusal.js';

/** What a page does with what it hears of its server. */
export interface Heard {
  readonly state: () => void;
  /** Anything arrived, or (false) the connection is lost. */
  readonly alive: (isAlive: boolean) => void;
  /** The login counts no more. */
  readonly refused: () => void;
}

const RETRY_MS = 2_000;
/** How often a server that answers, and gives no stream, is asked what there is: too many listen. */
const ASK_MS = 10_000;
/** The server says something at least this often. */
const SILENCE_MS = 40_000;

/** What the tab that holds the stream tells the others. */
type Told = 'state' | 'alive' | 'lost';

/** A stream of the server that the tabs of this browser share, from the moment a page is there. */
export interface Events {
  readonly path: string;
  readonly channel: BroadcastChannel;
  /** Whether another tab told of something before this page listened. */
  wasTold(): boolean;
}

/** Hears what other tabs tell from now on: what a page asks for afterwards is not older than that. */
export function openEvents(path: string): Events {
  const channel = new BroadcastChannel(path);
  let told = false;
  channel.addEventListener('message', () => {
    told = true;
  });
  return { path, channel, wasTold: () => told };
}

/**
 * Follows a stream while the page is looked at. All tabs of a browser share one: whoever has the lock holds it and tells the others; closed,
 * hidden or crashed, it lets go of the lock, and the next one takes over. Browsers open six connections to a server for all their tabs, and the
 * server counts streams. A hidden page holds nothing.
 */
export function followTogether({ path, channel, wasTold }: Events, login: () => Login, heard: Heard): void {
  let silence = 0;
  // Should the tab that holds the stream say nothing any more, this one asks by itself.
  const waitOn = () => {
    clearTimeout(silence);
    silence = window.setTimeout(() => {
      if (!document.hidden) heard.state();
      waitOn();
    }, SILENCE_MS);
  };
  const hear = (told: Told) => {
    waitOn();
    if (told === 'state') heard.state();
    else heard.alive(told === 'alive');
  };
  const tellAll = (told: Told) => {
    channel.postMessage(told);
    hear(told);
  };
  const leading: Heard = {
    state: () => tellAll('state'),
    alive: (isAlive) => tellAll(isAlive ? 'alive' : 'lost'),
    refused: heard.refused,
  };
  channel.addEventListener('message', ({ data }: MessageEvent<Told>) => {
    if (!document.hidden) hear(data);
  });
  let stop: AbortController | null = null;
  const follow = () => {
    if (document.hidden) {
      stop?.abort();
      stop = null;
    } else if (stop === null) {
      stop = new AbortController();
      void takeTurns(path, login, leading, stop.signal);
    }
  };
  document.addEventListener('visibilitychange', () => {
    follow();
    // Whatever happened while nobody looked.
    if (!document.hidden) heard.state();
  });
  waitOn();
  follow();
  if (wasTold()) heard.state();
}

/** Holds the stream whenever it is this tab's turn. A tab that is refused lets others have it, and comes back with another login. */
async function takeTurns(path: string, login: () => Login, heard: Heard, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const shown = login();
    const turn = () => keepListening(path, login, heard, signal);
    await navigator.locks.request(path, { signal }, turn).catch(() => undefined);
    while (shown === login() && !signal.aborted) await pause(RETRY_MS);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Listens, again and again, until it is left or refused. */
async function keepListening(
  path: string,
  login: () => Login,
  heard: Heard,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const shown = login();
    try {
      const answer = await fetch(path, { headers: shown, signal, redirect: 'error' });
      if (answer.status === 401) {
        if (shown !== login()) continue;
        heard.refused();
        return;
      }
      if (!answer.ok) {
        // It answers, so nothing is lost: what it does not tell is asked for.
        heard.state();
        await pause(ASK_MS);
        continue;
      }
      if (answer.body !== null) await readEvents(answer.body, heard);
    } catch {
      // Lost, or left: told below.
    }
    if (signal.aborted) return;
    heard.alive(false);
    await pause(RETRY_MS);
  }
}

async function readEvents(body: ReadableStream<Uint8Array>, heard: Heard): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    let timer = 0;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = window.setTimeout(() => reject(new Error('silence')), SILENCE_MS);
    });
    const { done, value } = await Promise.race([reader.read(), silence]).catch(async (error) => {
      await reader.cancel();
      throw error;
    });
    clearTimeout(timer);
    if (done) return;
    heard.alive(true);
    text += decoder.decode(value, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    if (blocks.some((block) => /^event: state$/m.test(block))) heard.state();
  }
}
