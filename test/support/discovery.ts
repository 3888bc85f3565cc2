import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Definition } from '../../baselines/index.js';
import { readDiscovered } from '../../daemon/cli/setup/discovered-file.js';
import { configTemplate } from '../../daemon/cli/setup/init-config.js';
import { loadConfig } from '../../daemon/config/load.js';
import { suggest } from '../../daemon/discover/suggest.js';
import { suggestionText } from '../../daemon/discover/suggestion-text.js';
import { sourceKinds } from '../../daemon/sources/index.js';
import type { Survey, SurveyProgress } from '../../daemon/sources/survey.js';

/** What was suggested for a database, and how the loader reads it once it stands in a configuration. */
export interface Discovery {
  readonly survey: Survey;
  readonly text: string;
  readonly definitions: readonly Definition[];
}

/** Looks at a database as `tillwarden discover` does, and puts what it suggests into a configuration. */
export async function discoverAt(
  url: string,
  options: {
    readonly watchMs?: number;
    readonly allowSuperuser?: boolean;
    readonly onProgress?: (progress: SurveyProgress) => void;
  } = {},
): Promise<Discovery> {
  const { watchMs = 0, allowSuperuser = false, onProgress = () => undefined } = options;
  const kind = [...sourceKinds.values()].find(({ surveyor }) =>
    surveyor?.protocols.some((protocol) => url.startsWith(protocol)),
  );
  if (!kind?.surveyor) throw new Error('no kind of source surveys that');
  const { signal } = new AbortController();
  const request = { url, allowUnverifiedTls: false, allowSuperuser, watchMs, signal, onProgress };
  const survey = await kind.surveyor.survey(request);
  const limits = { collections: 200, columns: 200, keyColumns: 8, authors: 8, nameCharacters: 64 };
  const suggestions = suggest(survey, limits, ['sensor_cas']);
  const source = { name: 'cas', urlForm: 'x://y', urlFile: './secrets/cas_url' };
  const text = suggestionText(survey, suggestions, source);
  return { survey, text, definitions: definitionsIn(text) };
}

function definitionsIn(text: string): readonly Definition[] {
  const directory = mkdtempSync(join(tmpdir(), `tillwarden-jest-${process.pid}-discovered-`));
  try {
    const file = join(directory, 'discovered.yaml');
    writeFileSync(file, text);
    const found = readDiscovered({ sourceKinds }, file);
    const config = join(directory, 'tillwarden.yaml');
    writeFileSync(config, configTemplate({ site: 'prague-1', root: 'ab'.repeat(32), found }));
    return loadConfig(config, 'none').sites[0]?.sources[0]?.collections ?? [];
  } finally {
    rmSync(directory, { recursive: true });
  }
}
