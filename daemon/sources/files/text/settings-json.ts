import { isUtf8 } from 'node:buffer';
import { parseDocument } from 'yaml';
import { normalizeJsonText } from '../../../../baselines/index.js';
import { envSettings, iniSettings, propertiesSettings, type SettingList } from './line-formats.js';

/** Forms of text in which programs keep settings. */
export const TEXT_FORMATS = ['json', 'yaml', 'properties', 'ini', 'env'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** Bytes of a file that is read for its settings. */
export const MAX_TEXT_BYTES = 1024 * 1024 - 1;

/**
 * The settings of a text as the text of one JSON object; null when it is none of that format. A name that stands twice has the list of its values: which of
 * them a program takes is not for us to guess.
 */
export function settingsJson(format: TextFormat, bytes: Uint8Array): string | null {
  const text = textOf(format, bytes);
  if (text === null) return null;
  switch (format) {
    case 'json':
      return objectText(text);
    case 'yaml':
      return yamlText(text);
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

function objectText(text: string): string | null {
  const normal = normalizeJsonText(text);
  return normal.ok && normal.text.startsWith('{') ? text : null;
}

/** Every value is text, as it is written: whether `no` is a word or false depends on who reads it. */
function yamlText(text: string): string | null {
  try {
    const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true, logLevel: 'silent' });
    if (document.errors.length > 0) return null;
    // No aliases: a few lines of them grow to gigabytes.
    return objectText(JSON.stringify(document.toJS({ maxAliasCount: 0 })) ?? '');
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
