import { existsSync } from 'node:fs';
import { isApproverFile } from '../config/approver.js';
import { shellWord } from '../wording.js';
import type { CommandContext } from './command.js';
import { configPlace } from './config-place.js';

/** What a command was asked about. */
export type Asked = Pick<CommandContext, 'configFile' | 'env' | 'server' | 'demo'>;

/** Commands that read no configuration. */
const WITHOUT_CONFIG: readonly string[] = [
  ...['init', 'preset list', 'preset show', 'discover', 'token', 'trust init', 'notify preview', 'demo'],
];
/** Commands whose configuration is an approver's file. */
const OF_AN_APPROVER: readonly string[] = ['ack', 'respond', 'watch-link'];
/** Commands that take either file, and a daemon by its address. */
const OF_EITHER: readonly string[] = ['approve', 'console', 'show', 'status', 'check'];
/** Commands that a demo has of its own. It has one site, and its `respond` asks about the steps. */
const OF_A_DEMO: readonly string[] = ['show', 'ack', 'respond', 'approve'];

/**
 * A command of ours, `tillwarden …`, with what it needs behind it to be about what this one was asked about, typed in this folder: the same
 * configuration, daemon or demo. Nothing is added where it is meant anyhow, or where the command takes no such thing.
 */
export function typedAgain(asked: Asked, command: string): string {
  const words = command.replace(/^tillwarden /, '');
  if (asked.demo !== undefined && isOneOf(words, OF_A_DEMO)) {
    const which = asked.demo.of === undefined ? '' : ` --of ${asked.demo.of}`;
    return `tillwarden demo ${words.replace(/^approve .*/, 'approve').replace(/ --done .*/, '')}${which}`;
  }
  const flag = words.includes('--config') ? '' : configFlag(asked.configFile, asked.env);
  const config = flag !== '' && takesConfig(words, isApproverFile(asked.configFile)) ? flag : '';
  return `${command}${config}${serverFlag(words, asked)}`;
}

/** A sentence of ours, with each command that it names in quotes, or ends with, as `typedAgain` has it. */
export function withCommandsTypedAgain(asked: Asked, line: string): string {
  return line
    .replace(/"(tillwarden [^"]+)"/g, (_, command: string) => `"${typedAgain(asked, command)}"`)
    .replace(/: (tillwarden [^":]+)$/, (_, command: string) => `: ${typedAgain(asked, command)}`);
}

/** ` --config FILE`, or nothing where the file is the one that is meant anyhow, or is not there. */
export function configFlag(
  configFile: string,
  env: Readonly<Record<string, string | undefined>>,
  exists: (file: string) => boolean = existsSync,
): string {
  const isMeant = configPlace(env['TILLWARDEN_CONFIG'], process.cwd()) === configFile;
  return isMeant || !exists(configFile) ? '' : ` --config ${shellWord(configFile)}`;
}

/** Whether a command reads a file of that sort. */
export function takesConfig(words: string, ofAnApprover: boolean): boolean {
  const ofApprovers = isOneOf(words, OF_AN_APPROVER);
  if (ofAnApprover) return ofApprovers || isOneOf(words, OF_EITHER);
  return !ofApprovers && !isOneOf(words, WITHOUT_CONFIG);
}

/** Whether a command takes the address of a daemon. */
export function takesServer(words: string): boolean {
  return isOneOf(words, OF_AN_APPROVER) || isOneOf(words, OF_EITHER);
}

function serverFlag(words: string, { server }: Asked): string {
  if (server === undefined || words.includes('--server') || !takesServer(words)) return '';
  return ` --server ${shellWord(server)}`;
}

function isOneOf(words: string, commands: readonly string[]): boolean {
  return commands.some((one) => words === one || words.startsWith(`${one} `));
}
