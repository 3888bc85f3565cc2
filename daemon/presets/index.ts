import { casReference, casReferenceMysql } from './cas-reference.js';
import { casHost, lamassuHost } from './hosts.js';
import { lamassu } from './lamassu.js';
import { lamassu2 } from './lamassu-2.js';
import type { Preset } from './preset.js';

/** The presets there are, by name. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map(
  [lamassu, lamassuHost, casReference, casReferenceMysql, casHost].map((preset) => [preset.name, preset]),
);

/** Versions that came before, by name and version: `lamassu@2`. */
export const PAST_PRESETS: ReadonlyMap<string, Preset> = new Map(
  [lamassu2].map((preset) => [`${preset.name}@${preset.version}`, preset]),
);
