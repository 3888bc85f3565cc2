import { expect, test } from '@jest/globals';
import { plainMessage } from '../../../notifiers/plain-message.js';
import { driftAlert } from '../../contract/notifiers/sample-alerts.js';

test('what does not fit into a message of our own words is counted in it, and the rest stays whole', () => {
  const facts = Array.from({ length: 15 }, (_, index) => ({ label: `fact ${index}`, text: 'x'.repeat(200) }));
  const alert = driftAlert({ facts });
  const messageWithin = (maxBytes: number) => plainMessage(alert, 1, { maxBytes, elsewhere: 'Elsewhere.' });
  const whole = messageWithin(100_000);
  const lines = whole.split('\n');
  expect(whole).not.toMatch(/did not fit/);
  expect(messageWithin(Buffer.byteLength(whole) + 1)).toBe(whole);
  for (let maxBytes = 1_000; maxBytes < Buffer.byteLength(whole); maxBytes += 37) {
    const message = messageWithin(maxBytes);
    expect(Buffer.byteLength(message)).toBeLessThan(maxBytes);
    const [said] = /^\d+ lines? of this message did not fit\.$/m.exec(message) ?? [''];
    const shown = message.split('\n').filter((line) => line !== said);
    expect(lines.length - shown.length).toBe(Number.parseInt(said, 10));
    expect(shown.every((line) => lines.includes(line))).toBe(true);
    expect(shown.at(-1)).toBe(lines.at(-1));
  }
});
