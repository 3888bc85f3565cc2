import { PRESETS } from '../../presets/index.js';
import { type Preset, presetCollections } from '../../presets/preset.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';

/** The preset of this name. Throws `CLI_USAGE`. */
export function presetNamed(name: string): Preset {
  const preset = PRESETS.get(name);
  if (preset) return preset;
  const names = [...PRESETS.keys()].join(', ');
  throw new CliError('CLI_USAGE', `there is no preset of that name; needed is one of ${names}`);
}

/** `tillwarden preset list`. */
export async function listPresets({ terminal }: CommandContext): Promise<number> {
  for (const { name, version, about } of PRESETS.values()) terminal.out(`${name}@${version}  ${about}`);
  return EXIT.same;
}

/** `tillwarden preset show`: the YAML that goes into a configuration. */
export async function showPreset({ terminal }: CommandContext, name: string): Promise<number> {
  const preset = presetNamed(name);
  const rules = preset.rules === '' ? '' : `\nrules:\n${preset.rules}`;
  const beside =
    preset.beside === undefined ? '' : `\n# And below "sources", beside that source:\n${preset.beside}`;
  terminal.out(
    `# tillwarden preset ${preset.name}, version ${preset.version}: ${preset.about}.\n` +
      `# collections go below a source, rules to the top of the configuration.\ncollections:\n${presetCollections(preset)}${beside}${rules}`.trimEnd(),
  );
  return EXIT.same;
}
