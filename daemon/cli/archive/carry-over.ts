import { constants, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../../error-code.js';
import { StoreError } from '../../store/errors.js';
import { rememberedRoot, rememberRoot } from '../../store/remembered-root.js';
import type { Store, StoreReader } from '../../store/store.js';

/**
 * Takes what only rises (invariant 15) from the state that a backup replaces: the highest trust root of the pin, the highest baseline of
 * each site, and which suppressions and proposals were withdrawn. Says in our words what is higher than in the backup; null when the replaced state
 * cannot be read, so nobody knows.
 */
export function carryVersions(
  staged: Store,
  replaced: StoreReader | null,
  pin: string,
): readonly string[] | null {
  if (replaced === null) return null;
  try {
    const root = rememberedRoot(replaced.meta, pin);
    const baselines = replaced.baselines.all().flatMap(({ site }) => {
      const baseline = replaced.baselines.remembered(site);
      return baseline === null ? [] : [{ site, baseline }];
    });
    return staged.transaction((tx) => {
      const higher: string[] = [];
      if (root !== null && root.version > (rememberedRoot(tx.meta, pin)?.version ?? 0)) {
        rememberRoot(tx.meta, pin, root);
        higher.push(`trust root ${root.version}`);
      }
      for (const { site, baseline } of baselines) {
        if (baseline.version > (tx.baselines.remembered(site)?.version ?? 0)) {
          higher.push(`baseline ${baseline.version} of ${site}`);
        }
        tx.baselines.remember(site, baseline);
        for (const one of replaced.suppressions.list(site)) {
          if (one.state === 'withdrawn') tx.suppressions.save(one);
        }
      }
      for (const one of replaced.baselines.withdrawals()) tx.baselines.withdraw(one);
      return higher;
    });
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

/** Copies the files of a mirror that another one lacks: what is remembered must be found there. Nothing is replaced. */
export function carryFiles(from: string, to: string, isOurs: (name: string) => boolean): void {
  for (const entry of entriesOf(from)) {
    const name = join(entry.parentPath, entry.name).slice(dirname(from).length + 1);
    if (!entry.isFile() || !isOurs(name)) continue;
    const target = join(dirname(to), name);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    try {
      copyFileSync(join(dirname(from), name), target, constants.COPYFILE_EXCL);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
