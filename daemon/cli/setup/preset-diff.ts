import { parseDocument } from 'yaml';
import * as z from 'zod';
import { canonicalDefinition, type Definition, type Derivation } from '../../../baselines/index.js';
import { collectionDefinition } from '../../config/collection.js';
import { collectionSchema } from '../../config/schema.js';
import { definitionDifferences } from '../../drift/definition-difference.js';
import { PAST_PRESETS, PRESETS } from '../../presets/index.js';
import { type Preset, presetCollections } from '../../presets/preset.js';
import { sourceKinds } from '../../sources/index.js';
import { sourceKindOf } from '../../sources/source-kind.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig, sitesOf } from '../open-config.js';
import { shownName } from '../text/change-text.js';

/**
 * `tillwarden preset diff`: what a preset would watch more or less than another version of it, or than the source of a site that has
 * collections of it.
 */
export async function diffPreset(
  context: CommandContext,
  name: string,
  options: { readonly from?: string; readonly site?: string },
): Promise<number> {
  const { terminal } = context;
  const to = presetOf(name);
  const lines =
    options.from !== undefined && options.site === undefined
      ? differences(presetDefinitions(presetOf(options.from)), presetDefinitions(to))
      : differences(await configured(context, to, options.site), presetDefinitions(to));
  if (lines.length === 0) terminal.out(`${to.name}@${to.version} watches the same.`);
  for (const line of lines) terminal.out(line);
  return lines.length === 0 ? EXIT.same : EXIT.drifted;
}

/** `lamassu`, its newest version, or `lamassu@2`. Throws `CLI_USAGE`. */
function presetOf(name: string): Preset {
  const newest = [...PRESETS.values()];
  const preset =
    PRESETS.get(name) ??
    newest.find((one) => `${one.name}@${one.version}` === name) ??
    PAST_PRESETS.get(name);
  if (preset) return preset;
  const all = [...newest.map((one) => `${one.name}@${one.version}`), ...PAST_PRESETS.keys()].sort();
  throw new CliError(
    'CLI_USAGE',
    `there is no preset or version of that name (a newer one needs a newer tillwarden); needed is one of ${all.join(', ')}`,
  );
}

/** The collections of a preset as a configuration would have them. */
function presetDefinitions(preset: Preset): readonly Definition[] {
  const listed: unknown = parseDocument(presetCollections(preset)).toJS();
  const form = sourceKindOf(sourceKinds, preset.source).collections;
  if (form !== null)
    return z
      .array(form.schema)
      .parse(listed)
      .map((one) => form.definition(one, 'source', {}));
  const all = z.array(collectionSchema).parse(listed);
  return all.map((collection) => collectionDefinition(collection, all, 'source').definition);
}

/** What is configured of the source of a site that has collections of the preset. */
async function configured(
  context: CommandContext,
  preset: Preset,
  site: string | undefined,
): Promise<readonly Definition[]> {
  const config = await openConfig(context, 'none');
  const sources = sitesOf(config, site).flatMap((one) => one.sources);
  const own = sources.filter(({ collections }) =>
    collections.some((one) => one.preset?.split('@')[0] === preset.name),
  );
  const [source, ...others] = own;
  if (source !== undefined && others.length === 0) {
    refuseNewer(source.collections, preset);
    return source.collections;
  }
  throw new CliError(
    'CLI_USAGE',
    `${own.length} sources have collections of this preset; needed is one: name its site with --site, or a version with --from`,
  );
}

/** A preset that this program is too old to know cannot be compared: what it watches more would read as what ours lacks. */
function refuseNewer(collections: readonly Definition[], { name }: Preset): void {
  const newest = PRESETS.get(name)?.version ?? 0;
  const newer = collections.find((one) => {
    const [own, version] = one.preset?.split('@') ?? [];
    return own === name && Number(version) > newest;
  });
  if (newer === undefined) return;
  throw new CliError(
    'CLI_USAGE',
    `collection ${shownName(newer.name)} was taken from ${newer.preset}, and the newest that this tillwarden knows is ${name}@${newest}; ` +
      'needed is the tillwarden it came with',
  );
}

/** Lines for what the second watches otherwise than the first; where a collection came from, and its source, say nothing. */
function differences(from: readonly Definition[], to: readonly Definition[]): readonly string[] {
  const names = [...new Set([...to, ...from].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [before, after] = [from, to].map((all) => all.find((one) => one.name === name));
    if (before === undefined && after !== undefined) {
      return [`+ ${name}: watched more (${after.kind}, ${shownName(after.table)})`];
    }
    if (after === undefined)
      return [`- ${name}: not in it (${before?.kind}, ${shownName(before?.table ?? '')})`];
    if (before === undefined) return [];
    const { source, preset } = after;
    const same = { ...before, source, ...(preset === undefined ? {} : { preset }) };
    return definitionDifferences(same, after).map(
      (aspect) => `~ ${name}: ${aspectWords(aspect, same, after)}`,
    );
  });
}

function aspectWords(aspect: string, before: Definition, after: Definition): string {
  const value = (definition: Definition): unknown =>
    aspect === 'derive'
      ? derivationParts(definition.derive)
      : new Map<string, unknown>(Object.entries(canonicalDefinition(definition))).get(aspect);
  const [was, is] = [value(before), value(after)];
  if (isNames(was) && isNames(is)) {
    const more = is.filter((one) => !was.includes(one)).map((one) => `+${shownName(one)}`);
    const less = was.filter((one) => !is.includes(one)).map((one) => `-${shownName(one)}`);
    return `${aspect} ${[...more, ...less].join(' ')}`;
  }
  const words = (one: unknown) => (one === undefined ? 'none' : JSON.stringify(one));
  return `${aspect} was ${words(was)}, would be ${words(is)}`;
}

/** Each rule of a derivation by itself. */
function derivationParts(derive: Derivation | undefined): readonly string[] {
  const { where = [], latest, distinct, json, drop = [] } = derive ?? {};
  return [
    ...where.map(({ column, is }) => `where ${column} is ${is}`),
    ...(latest === undefined ? [] : [`latest ${latest}`]),
    ...(distinct === undefined ? [] : ['distinct']),
    ...(json === undefined ? [] : [`json ${json.column}`]),
    ...(json?.members ?? []).map(
      ({ path, field, host }) => `${path} to ${field}${host === undefined ? '' : `, its host to ${host}`}`,
    ),
    ...(json?.except ?? []).map((path) => `except ${path}`),
    ...drop.map(({ column, path }) => `drop ${column} ${path}`),
  ];
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
