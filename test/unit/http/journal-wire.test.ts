import { expect, test } from '@jest/globals';
import { channelsSchema } from '../../../daemon/http/journal-wire.js';

test('a daemon cannot tell of a time that is none: a page that should show it would show nothing', () => {
  const channel = { name: 'ops', kind: 'slack', pending: 0, failed: 0, lastFailure: null };
  const told = (atMs: number) =>
    channelsSchema.safeParse({
      channels: [{ ...channel, lastProof: { by: 'test', atMs }, lastFailedMs: atMs }],
    });
  expect(told(8.64e15).success).toBe(true);
  expect(told(8.64e15 + 1).success).toBe(false);
});
