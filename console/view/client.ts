/** The server refused: its code and our words. `status` 0: it does not answer. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What a page asks its own server. */
export interface Client {
  /** Resolves with the answer; rejects with `Refused`. */
  ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T>;
  /**
   * Calls back with each state that the server tells of, while the page is looked at, and again after another login. A hidden page holds no
   * stream: browsers open few connections to one server.
   */
  listen(path: string, heard: Heard): void;
}

export interface Heard {
  readonly state: () => void;
  /** Anything arrived, or (false) the connection is lost. */
  readonly alive: (isAlive: boolean) => void;
  readonly refused: (refusal: Refused) => void;
}

const RETRY_MS = 2_000;
/** The server says something at least this often. */
const SILENCE_MS = 40_000;

/** Headers that show who asks; none where a cookie does. The same object for as long as it is the same login. */
export type Login = Readonly<Record<string, string>>;

/**
 * `login`: that of now. Who was refused by an earlier one is asked with that of now before anybody is told: a refusal that was on its way
 * when somebody signed in says nothing about them.
 */
export function createClient(login: () => Login): Client {
  return {
    ask: async (method, path, body) => {
      for (;;) {
        const shown = login();
        const answer = await fetch(path, {
          method,
          headers: { ...shown, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          redirect: 'error',
        }).catch(() => {
          throw new Refused(0, 'NO_ANSWER', 'the server does not answer; this page tries again by itself');
        });
        if (answer.ok) return answer.json();
        if (answer.status !== 401 || shown === login()) throw await refusalOf(answer);
      }
    },
    listen: (path, heard) => {
      let stop: AbortController | null = null;
      const follow = () => {
        if (document.hidden) {
          stop?.abort();
          stop = null;
        } else if (stop === null) {
          stop = new AbortController();
          void keepListening(path, login, heard, stop.signal);
        }
      };
      document.addEventListener('visibilitychange', follow);
      follow();
    },
  };
}

async function refusalOf(answer: Response): Promise<Refused> {
  const said: { code?: unknown; message?: unknown } = await answer.json().catch(() => ({}));
  return new Refused(
    answer.status,
    String(said.code ?? ''),
    String(said.message ?? `status ${answer.status}`),
  );
}

async function keepListening(
  path: string,
  login: () => Login,
  heard: Heard,
  signal: AbortSignal,
): Promise<void> {
  const pause = () => new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  while (!signal.aborted) {
    const shown = login();
    try {
      const answer = await fetch(path, { headers: shown, signal, redirect: 'error' });
      if (answer.status === 401) {
        if (shown === login()) heard.refused(await refusalOf(answer));
        while (shown === login() && !signal.aborted) await pause();
        continue;
      }
      if (!answer.ok) heard.refused(await refusalOf(answer));
      else if (answer.body !== null) await readEvents(answer.body, heard);
    } catch {
      // Lost, or left: told below.
    }
    if (signal.aborted) return;
    heard.alive(false);
    await pause();
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
