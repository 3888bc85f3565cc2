import { beforeEach, expect, test } from '@jest/globals';
import type { Announcer } from '../../../daemon/outbox/announcer.js';
import { StoreError } from '../../../daemon/store/errors.js';
import { Defects } from '../../../daemon/watchdog/defects.js';
import { CONTEXT } from '../policy/build.js';

const MINUTE_MS = 60_000;
const FULL = new StoreError('STORE_FULL', 'the disk is full');

let nowMs: number;
let titles: string[];
let logged: { readonly fields: object; readonly words: string }[];
let storeErrors: unknown[];
/** What announcing throws. */
let failure: Error | null;
let defects: Defects;

beforeEach(() => {
  nowMs = 0;
  titles = [];
  logged = [];
  storeErrors = [];
  failure = null;
  const announce: Announcer['announce'] = ({ type }, _remember, compose) => {
    if (failure !== null) throw failure;
    titles.push(`${type}: ${compose(CONTEXT).title}`);
  };
  const log = { error: (fields: object, words: string) => void logged.push({ fields, words }) };
  defects = new Defects({
    onStoreError: (error) => storeErrors.push(error),
    announce,
    monotonic: () => nowMs,
    log: log as ConstructorParameters<typeof Defects>[0]['log'],
  });
});

const bug = () => new TypeError('hostile text of the watched system');

test('a defect is logged with its stack, told once and shown as degraded, without its message', () => {
  const error = bug();
  defects.caught('watching source cas of prague-1', error);
  nowMs = MINUTE_MS;
  defects.caught('watching source cas of prague-1', bug());
  expect(logged[0]).toEqual({
    fields: { err: error, part: 'watching source cas of prague-1' },
    words: 'a defect',
  });
  expect(titles).toEqual(['internal-error: an internal error in watching source cas of prague-1']);
  expect(defects.degradations()).toEqual([
    'DAEMON_DEFECT: an internal error (TypeError) in watching source cas of prague-1: see the log',
  ]);
});

test('a part of the program that is gone from the disk is no defect: it says to start anew, and no path', () => {
  const gone = Object.assign(new Error("Cannot find module '/srv/x.js'"), { code: 'ERR_MODULE_NOT_FOUND' });
  defects.caught('the daily digest', new Error('could not be loaded', { cause: gone }));
  expect(titles).toEqual(['internal-error: files of the program are gone, needed in the daily digest']);
  expect(defects.degradations()).toEqual([
    'DAEMON_NOT_WHOLE: files of the program were removed while it ran, and the daily digest needs one: start the daemon anew',
  ]);
});

test('each part is told by itself', () => {
  defects.caught('watching source cas of prague-1', bug());
  defects.caught('the daily digest', bug());
  expect(titles).toHaveLength(2);
  expect(defects.degradations()).toHaveLength(2);
});

test('a part that fails many times a second fills no log', () => {
  for (let i = 0; i < 1000; i += 1) defects.caught('watching source cas of prague-1', bug());
  expect(logged).toHaveLength(1);
  nowMs = MINUTE_MS;
  defects.caught('watching source cas of prague-1', bug());
  expect(logged).toHaveLength(2);
});

test('a defect is shown until a quarter of an hour after it came last, and told anew when it comes back', () => {
  defects.caught('the daily digest', bug());
  nowMs = 14 * MINUTE_MS;
  expect(defects.degradations()).toHaveLength(1);
  nowMs = 15 * MINUTE_MS;
  expect(defects.degradations()).toEqual([]);
  defects.caught('the daily digest', bug());
  expect(titles).toHaveLength(2);
});

test('a failure of the store keeps its own words and is no defect', () => {
  defects.caught('recording what was decided at prague-1', FULL);
  expect(storeErrors).toEqual([FULL]);
  expect(titles).toEqual([]);
  expect(logged).toEqual([]);
  expect(defects.degradations()).toEqual([]);
});

test('a defect that cannot be queued is told when it comes again, and the store is told of', () => {
  failure = FULL;
  defects.caught('the daily digest', bug());
  expect(storeErrors).toEqual([FULL]);
  expect(defects.degradations()).toHaveLength(1);
  failure = null;
  defects.caught('the daily digest', bug());
  expect(titles).toHaveLength(1);
});

test('telling of a defect never throws, whatever is thrown on the way', () => {
  failure = new RangeError('nothing is assembled yet');
  expect(() => defects.caught('the daily digest', 'not even an error')).not.toThrow();
  expect(logged.map(({ words }) => words)).toEqual(['a defect', 'a defect cannot be announced']);
  expect(defects.degradations()).toEqual([
    'DAEMON_DEFECT: an internal error (string) in the daily digest: see the log',
  ]);
});
