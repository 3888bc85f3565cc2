import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EXIT } from '../daemon/cli/exit-code.js';
import type { Benchmark } from './benchmark.js';
import { benchmarks } from './benchmarks.js';
import { describeMachine } from './machine.js';
import { replaceBetweenMarkers } from './readme.js';
import { type Result, resultJson, resultTable, summaryLine } from './report.js';
import { openScene } from './scene.js';

/** This file runs from `dist/bench/`. */
const README = fileURLToPath(new URL('../../bench/README.md', import.meta.url));

const USAGE = `npm run bench [-- --only <name> …] [--clone] [--json]

  --only <name>  this one alone; may be given several times
  --clone        what runs only on request as well
  --json         one JSON line for each figure instead of tables

Each result replaces its table in bench/README.md. Missed targets are printed and end with exit code 0: they are results. Exit code ${EXIT.internal}
means that something could not be measured.

${benchmarks.map(({ name, title, onRequest }) => `  ${name.padEnd(12)} ${title}${onRequest ? ' (on request)' : ''}`).join('\n')}`;

const options = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  clone: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(argv: readonly string[]): Promise<number> {
  let asked: ReturnType<typeof parse>;
  try {
    asked = parse(argv);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (asked.help) {
    console.log(USAGE);
    return EXIT.same;
  }
  const results: Result[] = [];
  let crashed = 0;
  for (const benchmark of asked.wanted) {
    console.error(`\n${benchmark.name}: ${benchmark.title}`);
    try {
      const result = await measure(benchmark);
      results.push(result);
      console.log(asked.json ? resultJson(result) : `\n${resultTable(result)}\n`);
      await writeFile(
        README,
        replaceBetweenMarkers(await readFile(README, 'utf8'), benchmark.name, resultTable(result)),
      );
    } catch (error) {
      crashed += 1;
      console.error(`${benchmark.name} could not be measured:`, error);
    }
  }
  const left = benchmarks.filter((one) => !asked.wanted.includes(one)).map(({ name }) => name);
  console.error(
    [
      summaryLine(results),
      ...(crashed > 0 ? [`${crashed} benchmarks could not be measured`] : []),
      ...(left.length > 0 ? [`not run: ${left.join(', ')}`] : []),
    ].join('; '),
  );
  return crashed > 0 ? EXIT.internal : EXIT.same;
}

function parse(argv: readonly string[]) {
  const { values } = parseArgs({ args: [...argv], options });
  const unknown = values.only.filter((name) => !benchmarks.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`there is no benchmark called ${unknown.join(', ')}`);
  const wanted = benchmarks.filter(({ name, onRequest }) =>
    values.only.length > 0 ? values.only.includes(name) : !onRequest || values.clone,
  );
  return { wanted, json: values.json, help: values.help };
}

async function measure(benchmark: Benchmark): Promise<Result> {
  const machine = describeMachine();
  const scene = await openScene((line) => console.error(`  ${line}`));
  try {
    const figures = await benchmark.run(scene);
    return { benchmark, figures, machine: { ...machine, postgres: scene.postgresVersion() } };
  } finally {
    await scene.close();
  }
}

process.exitCode = await main(process.argv.slice(2));
