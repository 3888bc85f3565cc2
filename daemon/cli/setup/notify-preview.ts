import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Alert, alertTitle, notifierKinds, sampleAlerts } from '../../../notifiers/index.js';
import { sampleIncidentAlerts } from '../../alerts/samples.js';
import { errorCode } from '../../error-code.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { type PreviewedAlert, previewPage } from './preview-page.js';

/**
 * `tillwarden notify preview`: writes every kind of message, made up, as every channel would send it, into a folder with a page that links
 * them. Needs no configuration and sends nothing.
 */
export async function notifyPreview(
  { terminal }: CommandContext,
  options: { readonly out: string },
): Promise<number> {
  const folder = resolve(options.out);
  const alerts = previewedAlerts();
  const names = namesOf(alerts);
  const previewed: PreviewedAlert[] = [];
  for (const [index, alert] of alerts.entries()) {
    const files: PreviewedAlert['files'][number][] = [];
    for (const [kind, registered] of notifierKinds) {
      const factory = await registered.load();
      // What stands at many sites in one message goes out on channels with room for their names, and on no other.
      if (alert.alike !== undefined && factory.alikeCharacters === undefined) continue;
      for (const { ending, content } of await factory.preview(alert)) {
        const file = `${names[index]}.${kind}.${ending}`;
        write(folder, file, content);
        files.push({ kind, file });
      }
    }
    const { type, role } = alert;
    previewed.push({ type, role, title: alertTitle(alert), consequence: alert.consequence, files });
  }
  write(folder, 'index.html', previewPage(previewed));
  const count = previewed.reduce((sum, { files }) => sum + files.length, 0);
  terminal.out(
    `${grouped(count, 'file')} of ${grouped(previewed.length, 'alert')}: ${join(folder, 'index.html')}`,
  );
  return EXIT.same;
}

/** Pages and follow-ups as they are composed of an incident; notices, of which no incident knows, as the channels try themselves on them. */
export function previewedAlerts(): readonly Alert[] {
  const notices = Object.values(sampleAlerts)
    .flat()
    .filter(({ role }) => role === 'notice');
  return [...sampleIncidentAlerts(), ...notices];
}

/** `drift-page`, `drift-page-2`: one for each alert. */
function namesOf(alerts: readonly Alert[]): readonly string[] {
  const seen = new Map<string, number>();
  return alerts.map(({ type, role }) => {
    const name = `${type}-${role}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  });
}

function write(folder: string, file: string, content: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), content);
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    throw new CliError(
      'CLI_FILE_UNWRITABLE',
      `${join(folder, file)} cannot be written (${code}); name a folder of yours with --out`,
      { cause: error },
    );
  }
}
