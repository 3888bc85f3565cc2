import { StoreError } from '../../store/errors.js';
import { CliError } from '../errors.js';

/** Runs work that writes to a place. What the system refuses there, and a database that no room is left for, is told with that place. */
export async function writingAt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_FULL') {
      throw new CliError(
        'CLI_DISK_FULL',
        `no room is left on the disk of ${path}; make some, and run it again`,
        {
          cause: error,
        },
      );
    }
    if (!(error instanceof Error) || 'domain' in error || error instanceof CliError) throw error;
    throw Object.assign(new Error('an archive', { cause: error }), { path });
  }
}
