// A process that runs the built program again and again, each time as a process of its own would: with the arguments, the environment, the
// folder and the streams it is told. What is loaded once stays loaded, which is most of what a run costs. See `program-host.ts`.
import { Console } from 'node:console';
import { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

let runs = 0;

process.on('disconnect', () => process.exit());
process.on('message', async ({ main, args, env, cwd, endsWithinMs }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.argv = [process.execPath, main, ...args];
  process.exitCode = undefined;
  const stdout = collected();
  const stderr = collected();
  const streams = { stdin: Readable.from([]), stdout: stdout.stream, stderr: stderr.stream };
  for (const [name, value] of Object.entries(streams)) {
    Object.defineProperty(process, name, { value, configurable: true });
  }
  globalThis.console = new Console({ stdout: stdout.stream, stderr: stderr.stream });
  const before = holding();
  runs += 1;
  try {
    await import(`${main}?run=${runs}`);
  } catch (error) {
    process.exitCode = 1;
    stderr.stream.write(`${error.stack}\n`);
  }
  const exit = process.exitCode ?? 0;
  process.exitCode = undefined;
  const hasEnded = await ends(before, endsWithinMs);
  process.send({ exit: hasEnded ? exit : null, stdout: stdout.text(), stderr: stderr.text() });
});

function collected() {
  const chunks = [];
  const stream = new Writable({
    decodeStrings: true,
    write: (chunk, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

/** How many resources keep the process running. */
function holding() {
  return process.getActiveResourcesInfo().filter((type) => type !== 'Immediate').length;
}

/** Whether nothing is left that would have kept a process of its own running. */
async function ends(before, withinMs) {
  const limit = performance.now() + withinMs;
  for (let waitMs = 1; holding() > before; waitMs = Math.min(waitMs * 2, 50)) {
    if (performance.now() > limit) return false;
    await delay(waitMs);
  }
  return true;
}
