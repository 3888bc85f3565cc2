import { startDaemon } from '../../app.js';
import { boundHeapGrowth } from '../../runtime/heap.js';

/** Runs the daemon until SIGTERM or SIGINT, and reloads on SIGHUP. Resolves with the exit code. */
export async function runDaemon(options: { readonly configFile: string }): Promise<number> {
  boundHeapGrowth();
  const daemon = await startDaemon(options);
  return new Promise((resolve) => {
    const stop = () => {
      daemon.stop().then(
        () => resolve(0),
        () => resolve(70),
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    process.on('SIGHUP', () => void daemon.reload());
  });
}
