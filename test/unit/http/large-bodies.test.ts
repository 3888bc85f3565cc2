import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { LargeBodies } from '../../../daemon/http/large-bodies.js';
import type { Reply } from '../../../daemon/http/listener.js';

const MIB = 1024 * 1024;
const replyTo = (raw: EventEmitter) => ({ raw }) as unknown as Reply;

test('a second large body waits outside while the first is read, and comes in once that one is answered', () => {
  const bodies = new LargeBodies();
  const first = new EventEmitter();
  bodies.admit(replyTo(first), 64 * MIB);
  const busy = expect.objectContaining({ code: 'API_BUSY', status: 503 });
  expect(() => bodies.admit(replyTo(new EventEmitter()), 64 * MIB)).toThrow(busy);
  first.emit('close');
  bodies.admit(replyTo(new EventEmitter()), 64 * MIB);
});

test('small bodies never wait', () => {
  const bodies = new LargeBodies();
  bodies.admit(replyTo(new EventEmitter()), 64 * MIB);
  bodies.admit(replyTo(new EventEmitter()), 16 * 1024);
  bodies.admit(replyTo(new EventEmitter()), MIB);
});
