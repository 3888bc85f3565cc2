import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const deploy = join(root, 'deploy');
const text = (file: string) => readFileSync(join(deploy, file), 'utf8');

/** As much of the compose specification as our files use; anything else is a slip. */
const service = z.strictObject({
  build: z.string().optional(),
  image: z
    .string()
    .regex(/^[a-z]+(?::[\d.]+)?$/)
    .optional(),
  restart: z.literal('unless-stopped').optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.literal('no-new-privileges:true')).optional(),
  mem_limit: z.string().optional(),
  pids_limit: z.int().optional(),
  stop_grace_period: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
  healthcheck: z
    .strictObject({ test: z.array(z.string()), interval: z.string(), retries: z.int() })
    .optional(),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
});
const compose = z.strictObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.strictObject({})).default({}),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })).default({}),
});

describe('the compose files', () => {
  const base = compose.parse(parse(text('compose.yaml')));
  const maria = compose.parse(parse(text('compose.mariadb.yaml')));
  const volumes = { ...base.volumes, ...maria.volumes };
  const secrets = { ...base.secrets, ...maria.secrets };
  const services = [...Object.entries(base.services), ...Object.entries(maria.services)];

  test('name nothing that is not declared, in either of them', () => {
    for (const [, one] of services) {
      for (const secret of one.secrets) expect(Object.keys(secrets)).toContain(secret);
      for (const volume of one.volumes) {
        const [from = ''] = volume.split(':');
        if (!from.startsWith('.')) expect(Object.keys(volumes)).toContain(from);
      }
      const named = JSON.stringify(one).matchAll(/\/run\/secrets\/(\w+)/g);
      for (const [, secret] of named) expect(one.secrets).toContain(secret);
    }
  });

  test('start tillwarden once a database beside it is healthy, which that database says of itself', () => {
    const [[name, { condition } = { condition: '' }] = ['']] = Object.entries(
      maria.services['tillwarden']?.depends_on ?? {},
    );
    expect([name, condition]).toEqual(['db', 'service_healthy']);
    expect(maria.services['db']?.healthcheck?.test).toEqual([
      'CMD',
      'healthcheck.sh',
      '--connect',
      '--innodb_initialized',
    ]);
  });

  test('say of every secret and folder that they mount which file it is, and build from one that is there', () => {
    const comments = (text('compose.yaml') + text('compose.mariadb.yaml')).match(/^#.*$/gm)?.join('\n') ?? '';
    for (const [name, { file }] of Object.entries(secrets)) {
      expect(file.startsWith('./secrets/')).toBe(true);
      // Those of tillwarden itself are spoken of as one.
      if (!(name in base.secrets)) expect(comments).toContain(file);
    }
    expect(comments).toContain('./etc holds tillwarden.yaml');
    expect(existsSync(resolve(deploy, base.services['tillwarden']?.build ?? '', 'Dockerfile'))).toBe(true);
  });

  test('give MariaDB options that it knows, and a version that we are tested on', async () => {
    const db = maria.services['db'];
    expect(db?.image).toBe('mariadb:10.11');
    const options = db?.command ?? [];
    expect(options).toContain('--require-secure-transport=ON');
    const ask = (...args: string[]) =>
      promisify(execFile)('mariadbd', ['--no-defaults', ...args, '--verbose', '--help'], { maxBuffer: 1e7 });
    await expect(ask(...options)).resolves.toMatchObject({
      stdout: expect.stringContaining('require-secure-transport'),
    });
    await expect(ask('--no-such-option')).rejects.toThrow(/unknown option/);
  });
});

test('every file of ours that a Dockerfile, a unit or a compose file copies or names is there', () => {
  const copied = [...readFileSync(join(root, 'Dockerfile'), 'utf8').matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
  const names = copied.flatMap(([, list = '']) => list.split(' '));
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  expect(text('tillwarden.service')).toMatch(/^ExecStart=\/usr\/bin\/tillwarden run$/m);
});
