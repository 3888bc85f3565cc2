import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');

/** Members of what a command printed with `--json` of which docs/json.md says nothing, as it would name them. */
export function undocumentedMembers(command: string, printed: unknown): string[] {
  const section = text.split(/^## /m).find((one) => one.startsWith(`${command}\n`)) ?? '';
  const documented = new Set(
    [...section.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, member = '']) => member),
    ),
  );
  return [...new Set(membersOf(printed, '', documented))].filter(
    (member) => !isDocumented(member, documented),
  );
}

/** Paths of members, down to those below which everything is documented. */
function membersOf(value: unknown, path: string, documented: ReadonlySet<string>): string[] {
  if (documented.has(`${path}.*`)) return [];
  if (Array.isArray(value)) return value.flatMap((one) => membersOf(one, `${path}[]`, documented));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const member = path === '' ? name : `${path}.${name}`;
    return [member, ...membersOf(one, member, documented)];
  });
}

/** A list or an object is named by what is in it. */
function isDocumented(member: string, documented: ReadonlySet<string>): boolean {
  return [...documented].some(
    (one) => one === member || one.startsWith(`${member}.`) || one.startsWith(`${member}[]`),
  );
}
