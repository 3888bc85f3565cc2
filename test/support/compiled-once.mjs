import vm from 'node:vm';

const { SourceTextModule, compileFunction } = vm;

/** What V8 made of a text, under the name that it was compiled as. */
const compiled = new Map();

/**
 * Has this process parse each text once, from when the file is loaded. Jest makes every module anew for each test file, and Node remembers
 * nothing of the one before: what a hundred test files import was parsed a hundred times (docs/adr/0152). What is kept is code and never
 * what a module holds.
 */
vm.SourceTextModule = new Proxy(SourceTextModule, {
  construct(_target, [text, options]) {
    const name = `module ${options?.identifier}`;
    const cachedData = knownOf(name, text);
    if (cachedData !== undefined) {
      try {
        return new SourceTextModule(text, { ...options, cachedData });
      } catch (error) {
        // V8 takes its code only under the flags that it was made under, which a program may set.
        if (error.code !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw error;
      }
    }
    const made = new SourceTextModule(text, options);
    compiled.set(name, { text, data: made.createCachedData() });
    return made;
  },
});

vm.compileFunction = (text, parameters, options) => {
  const name = `function(${parameters}) ${options?.filename}`;
  const cachedData = knownOf(name, text);
  if (cachedData !== undefined) {
    const made = compileFunction(text, parameters, { ...options, cachedData });
    if (!made.cachedDataRejected) return made;
  }
  const made = compileFunction(text, parameters, { ...options, produceCachedData: true });
  compiled.set(name, { text, data: made.cachedData });
  return made;
};

/** Nothing of a text that imports while it runs: V8 then asks the module that it first made of it for what to import, which may be gone with its test file. */
function knownOf(name, text) {
  const known = compiled.get(name);
  return known?.text === text && !/\bimport\s*\(/.test(text) ? known.data : undefined;
}
