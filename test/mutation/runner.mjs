import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import { addEventHandler, describe, getState, run } from 'jest-circus';

/** The tests of a mutation run: those of what is mutated, all without a database. */
const FOLDERS = ['baselines', 'drift', 'policy', 'alerts', 'approvals/active'].map(
  (name) => `test/unit/${name}`,
);
/** Tests with real `ssh-keygen` processes take seconds. Only what reads or makes its formats is asked by them. */
const SLOW = /ssh-keygen/;
const SLOW_FOR = /ssh|sig|scheme/;
/** A property is tried for so long against each mutant, in milliseconds. */
const PROPERTY_MS = 400;

/**
 * Runs jest's tests for Stryker in one process that loads every file once. Stryker's own runner for
 * jest loads the covering files anew for each mutant, which took ten seconds a mutant here: whole
 * days for what this does in minutes. The files are loaded once because every mutant is already in
 * the code, and `activeMutant` chooses among them while it runs (docs/adr/0018).
 */
class LoadedOnceRunner {
  /**
   * Nothing has to be loaded again: mutants that act only while a file is loaded are left out
   * (`ignoreStatic`), and those that act then and later are asked for what they do later.
   */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    register('./typescript-hooks.mjs', import.meta.url);
    addEventHandler(noteCoverage);
    addEventHandler(stopAtFirstFailure);
    fc.configureGlobal({ interruptAfterTimeLimit: PROPERTY_MS });
    await loadTests();
  }

  async dryRun({ coverageAnalysis }) {
    bail = false;
    const tests = await runTests(undefined);
    if (failures.length > 0) {
      return { status: DryRunStatus.Error, errorMessage: failures.join('\n') };
    }
    return {
      status: DryRunStatus.Complete,
      tests,
      ...(coverageAnalysis === 'off' ? {} : { mutantCoverage: instrumenter().mutantCoverage }),
    };
  }

  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit, sandboxFileName }) {
    const context = instrumenter();
    context.activeMutant = activeMutant.id;
    context.hitCount = hitLimit === undefined ? undefined : 0;
    context.hitLimit = hitLimit;
    bail = !disableBail;
    const quick = (id) => SLOW_FOR.test(basename(sandboxFileName)) || !SLOW.test(id);
    const tests = await runTests(new Set(testFilter?.filter(quick)));
    const limit = determineHitLimitReached(context.hitCount, context.hitLimit);
    return toMutantRunResult(limit ?? { status: DryRunStatus.Complete, tests }, disableBail);
  }
}

/** Loads every test file, each inside a describe block of its own name. */
async function loadTests() {
  const state = getState();
  state.testTimeout = 30_000;
  const root = state.currentDescribeBlock;
  for (const file of testFiles()) {
    describe(relative(process.cwd(), file), () => {});
    state.currentDescribeBlock = root.children.at(-1);
    await import(pathToFileURL(file).href);
    state.currentDescribeBlock = root;
  }
}

function testFiles() {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(process.cwd(), folder), { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(process.cwd(), folder, name)),
  );
  return files.sort((a, b) => Number(SLOW.test(a)) - Number(SLOW.test(b)) || (a < b ? -1 : 1));
}

function instrumenter() {
  globalThis.__stryker__ ??= {};
  return globalThis.__stryker__;
}

let bail = true;
/** What failed outside a test: a file's own hooks. */
let failures = [];
let failed = false;

/** Runs the tests named, all without names, and gives Stryker their results. */
async function runTests(wanted) {
  const state = getState();
  failed = false;
  failures = [];
  state.unhandledErrors.length = 0;
  choose(state.rootDescribeBlock, wanted);
  await run();
  const results = [];
  report(state.rootDescribeBlock, results);
  failures.push(...state.unhandledErrors.map(told));
  return results;
}

/** Marks what is not wanted as skipped, and forgets the run before. True when anything is wanted. */
function choose(block, wanted) {
  let any = false;
  for (const child of block.children) {
    if (child.type === 'describeBlock') {
      any = choose(child, wanted) || any;
      continue;
    }
    child.errors = [];
    child.status = null;
    child.invocations = 0;
    child.mode = wanted === undefined || wanted.has(idOf(child)) ? undefined : 'skip';
    any ||= child.mode === undefined;
  }
  block.mode = any ? undefined : 'skip';
  return any;
}

function report(block, results) {
  for (const child of block.children) {
    if (child.type === 'describeBlock') {
      report(child, results);
    } else if (child.status === 'done') {
      const id = idOf(child);
      const fileName = join(process.cwd(), id.slice(0, id.indexOf(' ')));
      const common = { id, name: id, fileName, timeSpentMs: child.duration ?? 0 };
      results.push(
        child.errors.length === 0
          ? { ...common, status: TestStatus.Success }
          : { ...common, status: TestStatus.Failed, failureMessage: told(child.errors[0]) },
      );
    }
  }
}

function told(error) {
  const [thrown] = Array.isArray(error) ? error : [error];
  return String(thrown?.stack ?? thrown);
}

function idOf(test) {
  const names = [];
  for (let at = test; at.parent !== undefined; at = at.parent) names.unshift(at.name);
  return names.join(' ');
}

function noteCoverage(event) {
  if (event.name === 'test_start') instrumenter().currentTestId = idOf(event.test);
  if (event.name === 'test_done' || event.name === 'test_skip') {
    instrumenter().currentTestId = undefined;
  }
}

function stopAtFirstFailure(event) {
  if (event.name === 'test_done' && event.test.errors.length > 0) failed = true;
  if (event.name === 'test_start' && bail && failed) event.test.mode = 'skip';
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'loaded-once', LoadedOnceRunner)];
