import { expect, test } from '@jest/globals';
import { entriesJson } from '../../../../daemon/cli/history/journal-show.js';
import { asciiJson } from '../../../../daemon/cli/text/json.js';

const entry = (seq: number, body: string) => ({
  ...{ seq, atMs: 17, type: 'digest', body },
  ...{ previous: '0'.repeat(64), hash: 'ab'.repeat(32) },
});
const bodies = ['{"date":"a\\nb","rows":[1,{"deep":[]}]}', 'no JSON\n  of ours \u2028\u001b[2J', '{}'];

test.each([0, 1, 3])(
  '%i entries printed one after the other are the JSON of all of them at once',
  (count) => {
    const entries = bodies.slice(0, count).map((body, index) => entry(index + 1, body));
    const bodyOf = (body: string): unknown => (body.startsWith('{') ? JSON.parse(body) : body);
    const whole = entries.map((one) => ({ ...one, body: bodyOf(one.body) }));
    expect([...entriesJson(entries)].join('\n')).toBe(asciiJson({ entries: whole }));
  },
);

test('no more than two entries are held at a time, so that a journal of any length can be printed', () => {
  let asked = 0;
  function* many() {
    for (;;) yield entry(++asked, '{}');
  }
  const printed = entriesJson(many());
  for (let n = 0; n < 1_000; n++) printed.next();
  expect(asked).toBe(1_000);
});
