import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test } from '@jest/globals';

/** A function of two parameters, compiled as jest compiles a module of the older kind. */
const compiled = (text: string, parameters = ['one', 'two']) =>
  vm.compileFunction(text, parameters, { filename: '/a/file.js' });

async function evaluated(text: string): Promise<Record<string, unknown>> {
  const made = new vm.SourceTextModule(text, { identifier: '/a/module.js' });
  await made.link(() => {
    throw new Error('it imports nothing');
  });
  await made.evaluate();
  return made.namespace as Record<string, unknown>;
}

test('code is made once of a text', () => {
  expect(compiled('return one; // once').cachedDataRejected).toBeUndefined();
  expect(compiled('return one; // once').cachedDataRejected).toBe(false);
});

test('of a file that changed its new text is run, though it is as long as the old one', async () => {
  expect([compiled('return one + 1')(1), compiled('return one + 2')(1)]).toEqual([2, 3]);
  expect((await evaluated('export const it = 1;'))['it']).toBe(1);
  expect((await evaluated('export const it = 2;'))['it']).toBe(2);
});

test('one text that is compiled with other parameters is another function', () => {
  const text = 'return one; // of two';
  expect([compiled(text)(1, 2), compiled(text, ['two', 'one'])(1, 2)]).toEqual([1, 2]);
});

test('a module whose code is there is made anew, and holds what is its own', async () => {
  const text = 'export const list = []; export const add = (one) => list.push(one);';
  const [first, second] = [await evaluated(text), await evaluated(text)];
  (first['add'] as (one: number) => void)(1);
  expect([first['list'], second['list']]).toEqual([[1], []]);
});

test('where V8 refuses the code that it made, for it runs under other flags, a text is compiled anew', async () => {
  const text = 'export const it = () => "compiled";';
  await evaluated(text);
  compiled('return "compiled"');
  v8.setFlagsFromString('--always-sparkplug');
  try {
    expect(((await evaluated(text))['it'] as () => string)()).toBe('compiled');
    expect(compiled('return "compiled"')(1, 2)).toBe('compiled');
  } finally {
    v8.setFlagsFromString('--no-always-sparkplug');
  }
});

test('a text that imports while it runs is compiled anew, so that it asks its own module and not one that is gone', () => {
  const text = 'return import(one);';
  compiled(text);
  expect(compiled(text).cachedDataRejected).toBeUndefined();
});
