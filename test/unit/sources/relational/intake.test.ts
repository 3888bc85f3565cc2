import { expect, test } from '@jest/globals';
import { createIntake } from '../../../../daemon/sources/relational/intake.js';

/** What arrived at the sink, each with the time in steps at which it did. */
function scene(left: number) {
  const sunk: string[] = [];
  const room = { left };
  const intake = createIntake(room, (chunk) => {
    sunk.push(chunk.toString());
    return undefined;
  });
  return { sunk, room, intake };
}

test('chunks are held back until they are released, in their order', async () => {
  const { sunk, room, intake } = scene(10);
  expect(intake.take(Buffer.from('one'))).toBeUndefined();
  expect(intake.take(Buffer.from('two'))).toBeUndefined();
  expect([sunk, room.left]).toEqual([[], 4]);
  await intake.release();
  expect([sunk, room.left]).toEqual([['one', 'two'], 10]);
});

test('where there is no room left they are handed over as they come, and the room is free for others', async () => {
  const { sunk, room, intake } = scene(5);
  intake.take(Buffer.from('one'));
  await intake.take(Buffer.from('two'));
  expect(sunk).toEqual(['one', 'two']);
  await intake.take(Buffer.from('three'));
  expect([sunk, room.left]).toEqual([['one', 'two', 'three'], 5]);
  await intake.release();
  expect(sunk).toHaveLength(3);
});
