import { expect, test } from '@jest/globals';
import { createLog } from '../../../daemon/telemetry/log.js';

test('a log line holds no secret, in whatever field, as it is or escaped, nor one that is known since later', () => {
  const lines: string[] = [];
  const secrets = new Set(['hunter22', 'a"quoted\\one', 'abc']);
  const log = createLog({ level: 'info', secrets, destination: { write: (line) => void lines.push(line) } });
  log.info({ deep: { url: 'postgres://u:hunter22@db/x' } }, 'with a"quoted\\one and abc');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    deep: { url: 'postgres://u:[redacted]@db/x' },
    msg: 'with [redacted] and abc',
  });
  secrets.add('rotated-token');
  log.error({ err: new Error('refused rotated-token') }, 'hunter22');
  expect(lines[1]).not.toMatch(/rotated|hunter/);
});
