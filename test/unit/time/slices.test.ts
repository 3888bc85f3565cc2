import { describe, expect, jest, test } from '@jest/globals';
import { atOnce, type Steps } from '../../../baselines/index.js';
import { inSlices } from '../../../daemon/time/slices.js';

/** Counts to `last`, a step for each number, each taking some milliseconds. */
function* counting(last: number, stepMs = 0): Steps<number> {
  for (let n = 0; n < last; n++) {
    for (const from = performance.now(); performance.now() - from < stepMs; );
    yield;
  }
  return last;
}

describe('work in steps', () => {
  test('comes to the same at once and in slices', async () => {
    expect([atOnce(counting(5)), await inSlices(counting(5))]).toEqual([5, 5]);
  });

  test('lets a timer that is due have its turn long before it ends', async () => {
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await inSlices(counting(30, 4));
    clearInterval(ticking);
    expect(turns).toBeGreaterThanOrEqual(5);
  });

  test('that is short takes no turn at all', async () => {
    // Whatever else the machine does meanwhile.
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    let isLater = false;
    setImmediate(() => {
      isLater = true;
    });
    await inSlices(counting(3));
    now.mockRestore();
    expect(isLater).toBe(false);
  });

  test('rejects with what a step throws', async () => {
    function* failing(): Steps<number> {
      yield;
      throw new RangeError('half way');
    }
    await expect(inSlices(failing())).rejects.toThrow('half way');
  });
});
