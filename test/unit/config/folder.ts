import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the secret files hold that `test/config/` names: every secret value that must never be shown. */
export const SECRET_FILES = {
  url: 'postgres://tillwarden:s3cr3t%2Furl@127.0.0.1:5432/cas\n',
  token: 'xoxb-s3cr3t-token\r\n',
  password: 's3cr3t password',
  fingerprint_key: `${'5ec4e7'.repeat(11)}\n`,
  webhook: 'whsec_czNjcjN0czNjcjN0czNjcjN0czNjcjN0\n',
  webhook_before: 'whsec_YmVmb3JlYmVmb3JlYmVmb3JlYmVmb3Jl\n',
  routing_key: '5ec4e75ec4e75ec4e75ec4e75ec4e7ab\n',
  orchestration_key: 'R5ec4e75ec4e75ec4e75ec4e75ec4e7a\n',
  telegram_token: '123456789:s3cr3t_s3cr3t_s3cr3t_s3cr3t_s3cr3t\n',
  teams_url: 'https://prod.logic.azure.example/workflows/0123?sig=s3cr3t-5ec4e7\n',
  teams_url_in_clear: 'http://prod.logic.azure.example/workflows/0123?sig=s3cr3t-clear\n',
  short_key: '5ec4e75ec4e7\n',
  heartbeat: 'https://hc.example.org/s3cr3t-5ec4e7\n',
  heartbeat_in_clear: 'http://hc.example.org/s3cr3t-in-clear\n',
  empty: '\n',
  readable: 'xoxb-s3cr3t-readable\n',
} as const;

/** A folder with the configuration `name` of `test/config/` and the secret files it may name. */
export function configFolder(text: string): { readonly file: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'tillwarden-config-'));
  mkdirSync(join(directory, 'secrets'), { mode: 0o700 });
  for (const [name, secret] of Object.entries(SECRET_FILES)) {
    writeFileSync(join(directory, 'secrets', name), secret, { mode: 0o600 });
  }
  chmodSync(join(directory, 'secrets/readable'), 0o644);
  const file = join(directory, 'tillwarden.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  return { file, remove: () => rmSync(directory, { recursive: true }) };
}

export function exampleText(name: string): string {
  return readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8');
}
