/**
 * The URL of a thread's program beside this file. Node runs no TypeScript: where this file itself is run from its source, as in the tests,
 * it is the built one.
 */
export function threadProgram(name: string): URL {
  const here = import.meta.url;
  const built = here.endsWith('.ts')
    ? here.replace(/\/daemon\/sources\/files\/survey\/[^/]*$/, '/dist/daemon/sources/files/survey/')
    : here;
  return new URL(`./${name}.js`, built);
}
