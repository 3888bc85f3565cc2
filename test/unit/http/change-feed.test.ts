import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ApiPerson } from '../../../daemon/config/api-token.js';
import { newToken, tokenDigest } from '../../../daemon/config/api-token.js';
import { createApi } from '../../../daemon/http/api.js';
import { ChangeFeed, type FeedState } from '../../../daemon/http/change-feed.js';
import { createLog } from '../../../daemon/telemetry/log.js';
import { Time } from '../../support/time.js';
import { waitFor } from '../../support/wait.js';

const personOf = (digit: string): ApiPerson => ({
  name: `person-${digit}`,
  tokenDigest: digit.repeat(64),
  scopes: ['read'],
});
const alice = personOf('a');
const empty: FeedState = { head: '0'.repeat(64), incidents: [], sites: [{ site: 'prague-1', version: 7 }] };

let time: Time;
let state: FeedState;
let people: readonly ApiPerson[];
let feed: ChangeFeed;

beforeEach(() => {
  time = new Time();
  state = empty;
  people = [alice];
  feed = new ChangeFeed({ state: () => state, people: () => people, timers: time, clock: time.clock });
});

/** Everything a stream has said so far. */
function listen(person: ApiPerson) {
  const stream = feed.open(person);
  const heard = { text: '', ended: false };
  stream.on('data', (chunk) => {
    heard.text += String(chunk);
  });
  stream.on('end', () => {
    heard.ended = true;
  });
  return { stream, heard };
}

describe('an event stream', () => {
  test('says the state at once, and again when it is another one, with ids and revisions only', async () => {
    const { heard } = listen(alice);
    await turn();
    expect(heard.text).toBe(`retry: 2000\nevent: state\ndata: ${JSON.stringify(empty)}\n\n`);
    heard.text = '';
    feed.hint();
    time.pass(50);
    await turn();
    expect(heard.text).toBe('');
    const open = { id: '7f3a', site: 'prague-1', state: 'open', revision: 'c'.repeat(64) };
    state = { ...empty, incidents: [open] };
    feed.hint();
    feed.hint();
    time.pass(50);
    await turn();
    expect(heard.text).toBe(`event: state\ndata: ${JSON.stringify(state)}\n\n`);
  });

  test('is told of what another one begins with', async () => {
    const first = listen(alice);
    await turn();
    first.heard.text = '';
    state = { ...empty, head: '1'.repeat(64) };
    feed.hint();
    const second = listen(alice);
    time.pass(50);
    await turn();
    expect(first.heard.text).toBe(`event: state\ndata: ${JSON.stringify(state)}\n\n`);
    expect(second.heard.text).toBe(`retry: 2000\n${first.heard.text}`);
  });

  test('shows that it is alive, and ends when its token is taken away or an hour is over', async () => {
    const first = listen(alice);
    await turn();
    first.heard.text = '';
    time.pass(15_000);
    await turn();
    expect(first.heard).toEqual({ text: ':\n\n', ended: false });
    people = [];
    time.pass(15_000);
    await waitFor(() => first.heard.ended, { what: 'the end of the first stream' });
    people = [alice];
    const second = listen(alice);
    time.pass(60 * 60_000);
    await waitFor(() => second.heard.ended, { what: 'the end of the second stream' });
  });

  test('is one of four of a token and of two dozen in all; one that is closed makes room', async () => {
    const own = [1, 2, 3, 4].map(() => feed.open(alice));
    expect(() => feed.open(alice)).toThrow(expect.objectContaining({ code: 'API_TOO_MANY_STREAMS' }));
    own[0]?.destroy();
    await turn();
    feed.open(alice);
    for (const digit of '12345') for (let n = 0; n < 4; n++) feed.open(personOf(digit));
    expect(() => feed.open(personOf('6'))).toThrow(expect.objectContaining({ code: 'API_TOO_MANY_STREAMS' }));
  });

  test('is cut when whoever listens does not read, and a store that fails tells nothing', async () => {
    const stream = feed.open(alice);
    for (let n = 0; n < 400 && !stream.destroyed; n++) {
      state = { ...empty, sites: [{ site: 'x'.repeat(2_000), version: n }] };
      feed.hint();
      time.pass(50);
    }
    expect(stream.destroyed).toBe(true);
    await turn();
    const { heard } = listen(alice);
    await turn();
    heard.text = '';
    Object.defineProperty(state, 'head', {
      enumerable: true,
      get: () => {
        throw new Error('the disk is gone');
      },
    });
    feed.hint();
    time.pass(50);
    await turn();
    expect(heard).toEqual({ text: '', ended: false });
  });
});

test('the API serves the stream as such to whoever may read, and frees it when they go', async () => {
  const token = newToken();
  const reader = { ...alice, tokenDigest: tokenDigest(token) };
  const log = createLog({ level: 'info', secrets: [], destination: { write: () => undefined } });
  const opened: ReturnType<ChangeFeed['open']>[] = [];
  const api = createApi({
    routes: [
      {
        method: 'GET',
        path: '/api/events',
        scope: 'read',
        handle: (person) => {
          const stream = feed.open(person);
          opened.push(stream);
          return stream;
        },
      },
    ],
    log,
    clock: time.clock,
  });
  await api.apply({ host: '127.0.0.1', port: 0, tls: null, pageUrl: null, people: [reader] });
  try {
    expect((await fetch(`${api.url()}/api/events`)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    const withoutBody = await fetch(`${api.url()}/api/events`, { method: 'HEAD', headers });
    expect([withoutBody.status, opened]).toEqual([404, []]);
    const leaving = new AbortController();
    const answer = await fetch(`${api.url()}/api/events`, {
      headers,
      signal: leaving.signal,
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    // Before a proxy, too, it is told as it happens.
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    const { value } = (await answer.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toContain('event: state');
    leaving.abort();
    await waitFor(() => opened[0]?.destroyed, { what: 'the stream to be freed' });
  } finally {
    await api.close();
  }
});
