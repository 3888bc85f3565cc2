import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Authority,
  checkpointBytes,
  resumeChain,
  type SignedDocument,
  type Steps,
  type VerifiedAncestry,
  type VerifiedBaseline,
} from '../../baselines/index.js';
import { readGuarded, writePrivateFile } from '../guarded-file.js';

/** What was verified of a site's chain before, so that not every step is verified at every look. */
export interface ChainMemory {
  /** What to go on from among these documents; null when everything is to be verified. */
  known(
    authority: Authority,
    documents: readonly SignedDocument[],
  ): Steps<VerifiedBaseline | VerifiedAncestry | null>;
  /** Takes what was verified just now. */
  keep(head: VerifiedBaseline): void;
}

/** Steps that are verified again before a checkpoint is written anew; less is verified in less time than it takes to notice. */
const STRIDE = 100;
const MAX_BYTES = 256 * 1024 * 1024;
const OTHERS_MAY_WRITE = 0o022;

/**
 * Checkpoints in a folder of whoever verifies (docs/adr/0071): the daemon's state, or an approver's own memory. One that somebody else could have written is
 * not read, and what cannot be written costs nothing but the time it would have saved.
 */
export class Checkpoints {
  readonly #folder: string;
  readonly #pin: string;
  readonly #verifier: string;
  /** Steps that the checkpoint of a site covers, as far as it was read or written here. */
  readonly #covered = new Map<string, number>();

  /** `pin` is the hex SHA-256 of trust root 1; `verifier` names this program and its version. */
  constructor(options: { readonly folder: string; readonly pin: string; readonly verifier: string }) {
    this.#folder = options.folder;
    this.#pin = options.pin;
    this.#verifier = options.verifier;
  }

  *resume(authority: Authority, documents: readonly SignedDocument[]): Steps<VerifiedAncestry | null> {
    const bytes = this.#read(authority.site);
    const resumed = bytes && (yield* resumeChain(authority, documents, bytes, this.#verifier));
    if (resumed) this.#covered.set(authority.site, resumed.ancestry.length);
    return resumed;
  }

  /** Writes down what was verified, when that is much more than what is written. */
  keep(head: Pick<VerifiedAncestry, 'site' | 'trust' | 'ancestry'>): void {
    if (head.ancestry.length - (this.#covered.get(head.site) ?? 0) <= STRIDE) return;
    const bytes = checkpointBytes(head, this.#verifier);
    if (bytes === null) return;
    try {
      writePrivateFile(this.#file(head.site), bytes);
      this.#covered.set(head.site, head.ancestry.length - 1);
    } catch {
      // Without it everything is verified next time.
    }
  }

  #file(site: string): string {
    return join(this.#folder, `${site}.${this.#pin.slice(0, 16)}.json`);
  }

  #read(site: string): Uint8Array | null {
    try {
      const { bytes, stat } = readGuarded(this.#file(site), MAX_BYTES);
      return [stat, statSync(this.#folder)].every(isOwn) ? bytes : null;
    } catch {
      return null;
    }
  }
}

function isOwn({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return uid === (process.getuid?.() ?? uid) && (mode & OTHERS_MAY_WRITE) === 0;
}

/** The memory of a command: what it verified itself a moment ago, or else a checkpoint. */
export class CommandMemory implements ChainMemory {
  readonly #checkpoints: Checkpoints;
  readonly #fromStart: boolean;
  #head: VerifiedBaseline | null = null;

  constructor(checkpoints: Checkpoints, fromStart: boolean) {
    this.#checkpoints = checkpoints;
    this.#fromStart = fromStart;
  }

  *known(
    authority: Authority,
    documents: readonly SignedDocument[],
  ): Steps<VerifiedBaseline | VerifiedAncestry | null> {
    if (this.#head !== null || this.#fromStart) return this.#head;
    return yield* this.#checkpoints.resume(authority, documents);
  }

  keep(head: VerifiedBaseline): void {
    this.#head = head;
    this.#checkpoints.keep(head);
  }
}
