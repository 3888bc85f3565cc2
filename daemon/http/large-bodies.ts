import { ApiError } from './errors.js';
import type { Reply } from './listener.js';

/** Bodies above this are read one at a time. */
const LARGE_BODY_BYTES = 1024 * 1024;

/** Reads large bodies one at a time: each is held several times over while it is understood, and two could be more memory than there is. */
export class LargeBodies {
  #reading = 0;

  /** Throws `API_BUSY` while another one is read or answered. */
  admit(reply: Reply, bodyLimitBytes: number): void {
    if (bodyLimitBytes <= LARGE_BODY_BYTES) return;
    if (this.#reading > 0) {
      throw new ApiError('API_BUSY', 'another large document is being read; try again in a moment');
    }
    this.#reading += 1;
    reply.raw.once('close', () => {
      this.#reading -= 1;
    });
  }
}
