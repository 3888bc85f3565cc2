import { boundHeapGrowth, compileAtFirstCall, optimizeAsUsual, optimizeLate } from '../../runtime/engine.js';
import { nextTurn } from '../../time/turn.js';

/**
 * What a daemon is made of, in the order in which it is loaded. Loaded at once it would hold the event loop for a fifth of a second, with a heartbeat or a
 * supervisor's question waiting.
 */
const PARTS: readonly (() => Promise<unknown>)[] = [
  () => import('../../config/yaml-file.js'),
  () => import('../../config/reading.js'),
  () => import('../../sources/index.js'),
  () => import('../../config/load.js'),
  () => import('../../http/server.js'),
  () => import('../../telemetry/metrics.js'),
  () => import('../../telemetry/log.js'),
  () => import('../../store/sqlite/open.js'),
  () => import('../../runtime/site.js'),
  () => import('../../runtime/parts.js'),
];

/** Runs the daemon until SIGTERM or SIGINT, and reloads on SIGHUP. Resolves with the exit code. */
export async function runDaemon(options: { readonly configFile: string }): Promise<number> {
  boundHeapGrowth();
  optimizeLate();
  for (const load of PARTS) {
    await load();
    await nextTurn();
  }
  const { startDaemon } = await import('../../app.js');
  const daemon = await startDaemon(options);
  optimizeAsUsual();
  // Most of what a start calls is never called again.
  compileAtFirstCall();
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
