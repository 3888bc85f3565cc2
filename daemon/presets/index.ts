import { casReference, casReferenceMysql } from './cas-reference.js';
import { lamassu } from './lamassu.js';
import type { Preset } from './preset.js';

/** The presets there are, by name. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map(
  [lamassu, casReference, casReferenceMysql].map((preset) => [preset.name, preset]),
);
