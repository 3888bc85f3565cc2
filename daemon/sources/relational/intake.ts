import { createYielder } from './assemble.js';

/** Where chunks of rows go in the end. A promise means: wait before the next. */
export type ChunkSink = (chunk: Buffer) => Promise<void> | undefined;

/** Bytes that one transaction may hold back; shared by its collections. */
export interface HoldingRoom {
  left: number;
}

/** Collects what a server sends and works on it later. */
export interface Intake {
  /** Takes a chunk as it comes. */
  take(chunk: Buffer): Promise<void> | undefined;
  /** Hands over what was held back. */
  release(): Promise<void>;
}

/**
 * While rows travel, their table is locked against the owner's ALTER, and whoever comes after that waits too. Working on rows takes far longer than
 * sending them, so they are held back until the transaction is over; where there is no room they are worked on as they come.
 */
export function createIntake(room: HoldingRoom, sink: ChunkSink): Intake {
  let held: Buffer[] = [];
  let isHolding = true;
  const release = async (): Promise<void> => {
    const chunks = held.reverse();
    held = [];
    isHolding = false;
    const yielder = createYielder(1);
    // One by one off the list, so that none is kept that was worked on.
    for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop()) {
      room.left += chunk.length;
      await sink(chunk);
      if (yielder.due()) await yielder.take();
    }
  };
  return {
    take: (chunk) => {
      if (!isHolding) return sink(chunk);
      held.push(chunk);
      room.left -= chunk.length;
      return room.left >= 0 ? undefined : release();
    },
    release,
  };
}
