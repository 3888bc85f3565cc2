/** No honest answer to a message is longer. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** What of a `fetch` answer the channels use, its body already read. */
export interface BoundedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: Headers;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** `fetch` that ends with `signal`, the answer's body included, and reads at most 1 MiB of it. */
export function boundedFetch(
  signal: AbortSignal,
  onStatus: (status: number) => void,
): (url: string | URL, init?: RequestInit) => Promise<BoundedResponse> {
  return async (url, init) => {
    const response = await fetch(url, { ...init, signal });
    onStatus(response.status);
    const body = await readStart(response);
    return {
      ok: response.ok,
      status: response.status,
      statusText: response.statusText,
      url: response.url,
      headers: response.headers,
      arrayBuffer: async () => new Uint8Array(body).buffer,
      text: async () => body.toString('utf8'),
      json: async () => JSON.parse(body.toString('utf8')) as unknown,
    };
  };
}

/** The system's own code of a failed connection, such as ECONNREFUSED: nothing the other side could have written. */
export function connectionCode(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth += 1) {
    const { code, cause }: { code?: unknown; cause?: unknown } = at;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code;
    at = cause;
  }
  return 'connection failed';
}

async function readStart(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
