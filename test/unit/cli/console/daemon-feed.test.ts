import { afterEach, describe, expect, test } from '@jest/globals';
import { DaemonFeed, type DaemonNews } from '../../../../daemon/cli/console/daemon-feed.js';
import { CliError } from '../../../../daemon/cli/errors.js';
import type { ServerEvent } from '../../../../daemon/cli/signing/server-client.js';
import { waitFor } from '../../../support/wait.js';

/** A daemon that tells what a test says, and whose stream ends when a test says so. */
class TellingDaemon {
  asked = 0;
  #heard: ((event: ServerEvent) => void) | null = null;
  #end: ((error: Error | null) => void) | null = null;

  events(_path: string, heard: (event: ServerEvent) => void, signal: AbortSignal): Promise<void> {
    this.asked += 1;
    this.#heard = heard;
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error === null ? resolve() : reject(error));
      signal.addEventListener('abort', () => reject(new Error('left')));
    });
  }

  tell(state: object | string): void {
    this.#heard?.({ name: 'state', data: typeof state === 'string' ? state : JSON.stringify(state) });
  }

  end(error: Error | null): void {
    this.#end?.(error);
  }
}

const state = (head: string, versions: Readonly<Record<string, number>>, revision = 'a') => ({
  head: head.repeat(64),
  incidents: [{ id: '7f3a', site: 'brno-1', state: 'open', revision: revision.repeat(64) }],
  sites: Object.entries(versions).map(([site, version]) => ({ site, version })),
});

describe('a daemon that is followed', () => {
  const daemon = new TellingDaemon();
  const news: DaemonNews[] = [];
  const feed = new DaemonFeed(daemon, (one) => news.push(one));
  afterEach(() => {
    news.length = 0;
  });

  test('is asked for its stream once, and only while somebody wants to know', () => {
    expect(daemon.asked).toBe(0);
    feed.start();
    feed.start();
    expect(daemon.asked).toBe(1);
    expect(feed.isListening).toBe(false);
  });

  test('names the sites whose baseline or incidents are others, and none when only the journal moved', () => {
    daemon.tell(state('1', { 'prague-1': 7, 'brno-1': 2 }));
    expect(feed.isListening).toBe(true);
    daemon.tell(state('2', { 'prague-1': 8, 'brno-1': 2 }));
    daemon.tell(state('3', { 'prague-1': 8, 'brno-1': 2 }, 'b'));
    daemon.tell(state('4', { 'prague-1': 8, 'brno-1': 2 }, 'b'));
    daemon.tell(state('4', { 'prague-1': 8, 'brno-1': 2 }, 'b'));
    expect(news).toEqual([{ sites: [] }, { sites: ['prague-1'] }, { sites: ['brno-1'] }, { sites: [] }]);
  });

  test('says nothing when it says what is no state', () => {
    for (const nonsense of ['{', '[]', '{"head":"x"}', 'null']) daemon.tell(nonsense);
    expect(news).toEqual([]);
  });

  test('is said to be lost when its stream fails, and is asked again', async () => {
    daemon.end(new CliError('CLI_SERVER_UNREACHABLE', 'it does not answer'));
    await waitFor(() => news.length === 1, { what: 'the loss to be told' });
    expect(feed.isListening).toBe(false);
    expect(feed.problem).toEqual({ code: 'CLI_SERVER_UNREACHABLE', message: 'it does not answer' });
    await waitFor(() => daemon.asked === 2, { what: 'the stream to be asked for again' });
    daemon.tell(state('4', { 'prague-1': 8, 'brno-1': 2 }, 'b'));
    // Nobody knows what happened meanwhile.
    expect(news).toHaveLength(2);
    expect(feed.problem).toBeNull();
  });

  test('is left as soon as nobody wants to know any more', async () => {
    feed.stop();
    daemon.tell(state('5', { 'prague-1': 9, 'brno-1': 2 }, 'b'));
    expect(news).toEqual([]);
    expect(feed.isListening).toBe(false);
  });
});
