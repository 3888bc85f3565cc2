import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicKeyOf } from '../../baselines/index.js';
import { opensshPrivateKey } from './openssh-key.js';
import type { DemoPerson } from './people-names.js';
import type { Approver } from './site.js';

/** Where the machines of the demo's people lie. */
export function peopleDirectory(directory: string): string {
  return join(directory, 'people');
}

/** Gives each approver a home as they would have on a machine of their own: an SSH key, a token of the API, and the file that names the daemon. */
export async function furnishHomes(
  directory: string,
  approvers: readonly Approver[],
  daemon: { readonly server: string; readonly pin: string },
): Promise<void> {
  for (const { name, privateKey, token } of approvers) {
    const home = join(peopleDirectory(directory), name);
    const [ssh, config] = [join(home, '.ssh'), join(home, '.config', 'tillwarden')];
    for (const folder of [ssh, config]) await mkdir(folder, { recursive: true, mode: 0o700 });
    const files = {
      [join(ssh, 'id_ed25519')]: opensshPrivateKey(privateKey, name),
      [join(ssh, 'id_ed25519.pub')]: `${publicKeyOf(privateKey).line} ${name}\n`,
      [join(config, 'token')]: `${token}\n`,
      [join(config, 'approver.yaml')]:
        `server: ${daemon.server}\ntoken_file: ./token\ntrustRoot: "sha256:${daemon.pin}"\n`,
    };
    for (const [file, content] of Object.entries(files)) await writeFile(file, content, { mode: 0o600 });
  }
}

/** An environment in which a command finds the home of one of the demo's people, and nothing of whoever runs it. */
export function environmentOf<Env extends Readonly<Record<string, string | undefined>>>(
  env: Env,
  people: string,
  person: DemoPerson,
): Readonly<Record<string, string | undefined>> {
  const own = ['XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'SSH_AUTH_SOCK', 'TILLWARDEN_CONFIG'];
  const kept = Object.entries(env).filter(([name]) => !own.includes(name));
  return { ...Object.fromEntries(kept), HOME: join(people, person) };
}
