import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

/** A program that watches the folder named on its command line, by the build named before it, and prints the hints that it gets until nobody hears. */
const [build, folder] = process.argv.slice(2);
const { sourceKinds } = await import(pathToFileURL(`${build}/daemon/sources/index.js`).href);
const kind = sourceKinds.get('files');
const settings = kind.configSchema.parse({ kind: 'files', name: 'host' });
const definition = kind.collections.definition(
  { name: 'web', kind: 'file', paths: [folder] },
  'host',
  settings,
);
const context = {
  site: 's',
  name: 'host',
  collections: [definition],
  fingerprintKey: null,
  log: () => undefined,
};
const source = kind.create(context, settings);
await source.open();
await source.read();
source.watch((hint) => {
  process.stdout.write(`${hint.type} ${hint.reason ?? ''}\n`);
  if (hint.type === 'disconnected') process.stdin.destroy();
});
await once(process.stdin, 'close');
const { collections } = await source.read();
process.stdout.write(`records ${collections.get('web').snapshot.records.length}\n`);
await source.close();
