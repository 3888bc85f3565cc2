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
   * Calls back with each state that the server tells of, while the page is looked at. A hidden page holds no stream: browsers open few
   * connections to one server.
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

/** `headers`: what shows who asks; none where a cookie does. */
export function createClient(headers: () => Readonly<Record<string, string>>): Client {
  return {
    ask: async (method, path, body) => {
      const answer = await fetch(path, {
        method,
        headers: { ...headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
      }).catch(() => {
        throw new Refused(0, 'NO_ANSWER', 'the server does not answer; this page tries again by itself');
      });
      if (answer.ok) return answer.json();
      throw await refusalOf(answer);
    },
    listen: (path, heard) => {
      let stop: AbortController | null = null;
      const follow = () => {
        if (document.hidden) {
          stop?.abort();
          stop = null;
        } else if (stop === null) {
          stop = new AbortController();
          void keepListening(path, headers, heard, stop.signal);
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
  headers: () => Readonly<Record<string, string>>,
  heard: Heard,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const answer = await fetch(path, { headers: headers(), signal, redirect: 'error' });
      if (!answer.ok) {
        const refusal = await refusalOf(answer);
        heard.refused(refusal);
        if (refusal.status === 401) return;
      } else if (answer.body !== null) await readEvents(answer.body, heard);
    } catch {
      // Lost, or left: told below.
    }
    if (signal.aborted) return;
    heard.alive(false);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
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
