import { isUtf8 } from 'node:buffer';
import { parseDocument } from 'yaml';
import { normalizeJsonText } from '../../../../baselines/index.js';
import { MAX_DOCUMENT } from '../../relational/derive/json-document.js';
import { envSettings, iniSettings, propertiesSettings, type SettingList } from './line-formats.js';
import { tomlSettings } from './toml-settings.js';
import { xmlSettings } from './xml-settings.js';

/** Forms of text in which programs keep settings. */
export const TEXT_FORMATS = ['json', 'yaml', 'toml', 'xml', 'properties', 'ini', 'env'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** Bytes of a file that is read for its settings. */
export const MAX_TEXT_BYTES = 1024 * 1024 - 1;

/** Levels of the settings of a file: the rules follow 32, of which its path is one. */
const MAX_DEPTH = 31;
/** UTF-16 code units of the same, with room for the path. */
const MAX_LENGTH = MAX_DOCUMENT - 65_536;

/**
 * The settings of a text as the text of one JSON object; null when it is none of that format, or none that the rules could follow. A name that stands twice has
 * the list of its values: which of them a program takes is not for us to guess. Never throws, whatever the text.
 */
export function settingsJson(format: TextFormat, bytes: Uint8Array): string | null {
  const text = textOf(format, bytes);
  const json = text === null ? null : jsonOf(format, text);
  if (json === null) return null;
  const normal = normalizeJsonText(json, { maxDepth: MAX_DEPTH, maxLength: MAX_LENGTH });
  return normal.ok && normal.text.startsWith('{') ? json : null;
}

function jsonOf(format: TextFormat, text: string): string | null {
  switch (format) {
    case 'json':
      return text;
    case 'yaml':
      return yamlText(text);
    case 'toml':
      return tomlSettings(text);
    case 'xml':
      return xmlSettings(text);
    case 'properties':
      return listText(propertiesSettings(text));
    case 'ini':
      return listText(iniSettings(text));
    case 'env':
      return listText(envSettings(text));
  }
}

function textOf(format: TextFormat, bytes: Uint8Array): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8').replace(/^\uFEFF/, '');
  // As Java read them until its version 9.
  return format === 'properties' ? buffer.toString('latin1') : null;
}

/** Every value is text, as it is written: whether `no` is a word or false depends on who reads it. */
function yamlText(text: string): string | null {
  try {
    const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true, logLevel: 'silent' });
    if (document.errors.length > 0) return null;
    // No aliases: a few lines of them grow to gigabytes.
    return JSON.stringify(document.toJS({ maxAliasCount: 0 })) ?? null;
  } catch {
    return null;
  }
}

function listText(settings: SettingList | null): string | null {
  if (settings === null) return null;
  const sections = new Map<string, Map<string, string[]>>();
  for (const { section, name, value } of settings) {
    const names = sections.get(section) ?? new Map<string, string[]>();
    sections.set(section, names);
    names.set(name, [...(names.get(name) ?? []), value]);
  }
  const own = sections.get('') ?? new Map<string, string[]>();
  const others = [...sections].filter(([section]) => section !== '');
  if (others.some(([section]) => own.has(section))) return null;
  return object([
    ...members(own),
    ...others.map(([section, names]) => [section, object(members(names))] as const),
  ]);
}

function members(names: ReadonlyMap<string, readonly string[]>): (readonly [string, string])[] {
  return [...names].map(([name, values]) => [name, JSON.stringify(values.length === 1 ? values[0] : values)]);
}

function object(all: readonly (readonly [name: string, json: string])[]): string {
  return `{${all.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}
