import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { atOnce, type SignedDocument, type VerifiedBaseline } from '../../../baselines/index.js';
import { Checkpoints, CommandMemory } from '../../../daemon/approvals/chain-memory.js';
import { type Chain, extended, headOf, noChain, propose, SITE, trust, verify } from '../baselines/scene.js';

const STEPS = 103;
const PIN = 'ab'.repeat(32);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoints '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A chain of more than a hundred steps: less is not worth a checkpoint. */
const { chain, head } = longChain();
function longChain(): { chain: Chain; head: VerifiedBaseline } {
  let chain = extended(noChain, propose(null));
  let head = headOf(chain);
  for (let version = 2; version <= STEPS; version++) {
    chain = extended(chain, propose(head, undefined, `step ${version}`));
    head = verify(chain, head).head as VerifiedBaseline;
  }
  return { chain, head };
}

const checkpoints = (verifier = 'v1', at = join(folder, 'own')) =>
  new Checkpoints({ folder: at, pin: PIN, verifier });
const resumed = (by: Checkpoints, documents: readonly SignedDocument[] = chain.documents) =>
  atOnce(by.resume({ trust, site: SITE }, documents))?.version ?? null;

describe("checkpoints in a folder of one's own", () => {
  test('are written after a hundred steps, and read by the same program later', () => {
    checkpoints().keep(head);
    expect(resumed(checkpoints())).toBe(STEPS - 1);
    expect(resumed(checkpoints('v2'))).toBeNull();
  });

  test('are not written for less, nor again for a few steps more', () => {
    const own = checkpoints();
    own.keep({ ...head, ancestry: head.ancestry.slice(0, 100) });
    expect(resumed(own)).toBeNull();
    own.keep({ ...head, ancestry: head.ancestry.slice(0, 101) });
    own.keep(head);
    expect(resumed(own)).toBe(100);
  });

  test.each<[string, (file: string) => void]>([
    ['the file', (file) => chmodSync(file, 0o620)],
    ['the folder', () => chmodSync(join(folder, 'own'), 0o707)],
  ])('are not believed where others may write %s', (_what, open) => {
    checkpoints().keep(head);
    open(join(folder, 'own', readdirSync(join(folder, 'own'))[0] ?? ''));
    expect(resumed(checkpoints())).toBeNull();
  });

  test('cost nothing but time where they cannot be written or read', () => {
    symlinkSync('/dev/null', join(folder, 'own'));
    expect(() => checkpoints().keep(head)).not.toThrow();
    expect(resumed(checkpoints())).toBeNull();
  });
});

describe('the memory of a command', () => {
  test('goes on from a checkpoint, and then from what the command verified itself', () => {
    checkpoints().keep(head);
    const memory = new CommandMemory(checkpoints(), false);
    const known = () => atOnce(memory.known({ trust, site: SITE }, chain.documents));
    expect(known()?.version).toBe(STEPS - 1);
    memory.keep(head);
    expect(known()).toBe(head);
  });

  test('knows nothing at first when everything is to be verified from the start', () => {
    checkpoints().keep(head);
    const memory = new CommandMemory(checkpoints(), true);
    expect(atOnce(memory.known({ trust, site: SITE }, chain.documents))).toBeNull();
  });
});
