import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = 'unit/error-codes.test.ts';

/** Why no test brings a code up. */
const NOT_BROUGHT_UP: Readonly<Record<string, string>> = {
  CONFIG_API: 'as CONFIG_HTTP, a line further',
  SOURCE_FILES_HASHING_LATE: 'needs more files than a test writes',
  SOURCE_FILES_NO_PROC: 'needs a machine without /proc',
  SOURCE_VERSION: 'needs a server that is no more to be had',
  CONSOLE_NOT_FOUND: 'is looked at by its status, 404',
  API_TOO_MANY_FAILURES: 'is looked at by its status, 429',
  API_FOREIGN_PAGE: 'is looked at by its status, 403',
  DEMO_DAEMON_FAILED: 'needs a demo whose daemon does not start',
  DEMO_MYSQL_FAILED: 'needs a server that does not start',
  DEMO_NO_INCIDENT: 'needs a demo of a minute in which all was signed',
  DEMO_NO_PORT: 'needs twelve thousand ports in use',
  DEMO_SMTP_MISSING: 'needs an installation without optional packages',
};

const documented = [
  ...readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm),
].map(([, code = '']) => code);

/** By code the test files that name it. */
function testsOf(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /\.(ts|json|yaml)$/.test(name) && name !== HERE)) {
    const text = readFileSync(join(ROOT, 'test', file), 'utf8');
    for (const code of new Set(text.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g))) {
      found.set(code, [...(found.get(code) ?? []), file]);
    }
  }
  return found;
}

test('every code of docs/errors.md is brought up by a test, or it is said why none does', () => {
  const tests = testsOf();
  expect(documented.length).toBeGreaterThan(150);
  expect(documented.filter((code) => !tests.has(code) && !Object.hasOwn(NOT_BROUGHT_UP, code))).toEqual([]);
  // What has a test by now is no exception any more, nor is what is gone.
  expect(Object.keys(NOT_BROUGHT_UP).filter((code) => tests.has(code))).toEqual([]);
  expect(Object.keys(NOT_BROUGHT_UP).filter((code) => !documented.includes(code))).toEqual([]);
});
