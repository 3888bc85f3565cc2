import { describe, expect, test } from '@jest/globals';
import { jsonMembers, type MemberLimits } from '../../../daemon/drift/json-members.js';

const LIMITS: MemberLimits = { maxCharacters: 200, maxNodes: 20, maxDepth: 5, maxPointerCharacters: 200 };

/** Values by pointer, as they are written. */
function membersOf(text: string, limits: Partial<MemberLimits> = {}) {
  const members = jsonMembers(text, { ...LIMITS, ...limits });
  return members && Object.fromEntries([...members].map(([path, { values }]) => [path, values]));
}

describe('the members of a JSON text', () => {
  test('stand by their pointers, whatever the text is nested in and however it is laid out', () => {
    expect(membersOf(' \n{"a" : { "b/c~d": [ 1, [true], {"e":null} ] }, "f": "x"}')).toEqual({
      '/a/b~1c~0d/0': ['1'],
      '/a/b~1c~0d/1/0': ['true'],
      '/a/b~1c~0d/2/e': ['null'],
      '/f': ['x'],
    });
  });

  test('have the last key on the way to them for a name, and none inside a bare array', () => {
    const named = (text: string) => [...(jsonMembers(text, LIMITS) ?? [])].map(([, { name }]) => name);
    expect(named('{"a":{"b":[1,[2]]}}')).toEqual(['b', 'b']);
    expect(named('[1]')).toEqual(['']);
  });

  test('are all there when one is given twice, in their order, also when the two are objects', () => {
    expect(membersOf('{"a":1,"b":2,"a":3}')).toEqual({ '/a': ['1', '3'], '/b': ['2'] });
    expect(membersOf('{"a":{"x":1},"a":{"x":2}}')).toEqual({ '/a/x': ['1', '2'] });
  });

  test('are empty containers too, wherever they stand, and nothing else of containers', () => {
    expect(membersOf('{}')).toEqual({ '': ['{}'] });
    expect(membersOf('[]')).toEqual({ '': ['[]'] });
    expect(membersOf('{"a":{},"b":[[],{}],"c":{"d":1},"e":[1]}')).toEqual({
      '/a': ['{}'],
      '/b/0': ['[]'],
      '/b/1': ['{}'],
      '/c/d': ['1'],
      '/e/0': ['1'],
    });
  });

  test('are written bare where they are text, and in quotes where the text could be read as JSON', () => {
    expect(membersOf('["a b","1","{}","null","\\"","x\\ny"]')).toEqual({
      '/0': ['a b'],
      '/1': ['"1"'],
      '/2': ['"{}"'],
      '/3': ['"null"'],
      '/4': ['"'],
      '/5': ['x\ny'],
    });
  });

  test('may have any key: an empty one, one with escapes, and those that objects have by themselves', () => {
    expect(membersOf('{"":1,"\\u0061":2,"__proto__":{"x":3}}')).toEqual({
      '/': ['1'],
      '/a': ['2'],
      '/__proto__/x': ['3'],
    });
  });

  test.each([
    ['a number', '1'],
    ['a text that holds an object', '"{"'],
    ['words before an object', 'x {"a":1}'],
    ['a text that is cut off', '{"a":1'],
    ['nothing', ''],
  ])('are none of %s', (_what, text) => {
    expect(membersOf(text)).toBeNull();
  });

  test('are taken apart up to each limit, and not beyond it', () => {
    const text = '{"a":[1,2]}';
    expect(membersOf(text, { maxCharacters: text.length })).not.toBeNull();
    expect(membersOf(text, { maxCharacters: text.length - 1 })).toBeNull();
    // The object, its array, and two numbers.
    expect(membersOf(text, { maxNodes: 4 })).not.toBeNull();
    expect(membersOf(text, { maxNodes: 3 })).toBeNull();
    expect(membersOf(text, { maxDepth: 2 })).not.toBeNull();
    expect(membersOf(text, { maxDepth: 1 })).toBeNull();
    // `/a`, `/a/0` and `/a/1`.
    expect(membersOf(text, { maxPointerCharacters: 10 })).not.toBeNull();
    expect(membersOf(text, { maxPointerCharacters: 9 })).toBeNull();
  });
});
