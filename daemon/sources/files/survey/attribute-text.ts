import { sha256Hex } from '../../../../baselines/index.js';
import { nameText } from './path-text.js';

/** Bytes of an attribute that are shown; a longer one is its digest. */
const MOST_SHOWN = 64;
/** Flags of inodes that somebody sets. The others follow from how a file system lays files out, and move by themselves. */
const FLAGS_SET = /[acdijmstuACDFPSTVx]/g;

/** `linux/capability.h`, in the order of their numbers. */
const CAPABILITIES = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ' +
  'ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod ' +
  'lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'
).split(' ');

/** `linux/posix_acl_xattr.h`: tags of entries. */
const ACL_TAGS: ReadonlyMap<number, string> = new Map([
  [0x01, 'user:'],
  [0x02, 'user'],
  [0x04, 'group:'],
  [0x08, 'group'],
  [0x10, 'mask:'],
  [0x20, 'other:'],
]);

/**
 * What a file has beside its mode, as one text that people can read: capabilities, access lists, other extended attributes, flags of the inode. Null where it has
 * none. Names of attributes are the watched system's, and come as Latin-1 text of their bytes.
 */
export function attributeText(attributes: ReadonlyMap<string, Buffer>, flags: string): string | null {
  const set = flags.match(FLAGS_SET) ?? [];
  const parts = [
    ...[...attributes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => oneText(name, value)),
    ...(set.length === 0 ? [] : [`flags ${set.join('')}`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

function oneText(name: string, value: Buffer): string {
  if (name === 'security.capability') return `capabilities ${capabilityText(value) ?? shown(value)}`;
  if (name === 'system.posix_acl_access') return `access list ${aclText(value) ?? shown(value)}`;
  if (name === 'system.posix_acl_default') return `default access list ${aclText(value) ?? shown(value)}`;
  return `${nameText(name)}=${shown(value)}`;
}

function shown(value: Buffer): string {
  return value.length > MOST_SHOWN
    ? `${value.length} bytes, sha256:${sha256Hex(value)}`
    : `0x${value.toString('hex')}`;
}

/** `struct vfs_cap_data` of versions 2 and 3; null of anything else. */
function capabilityText(value: Buffer): string | null {
  const version = value.length >= 4 ? value.readUInt32LE(0) : 0;
  const length = new Map([
    [0x02000000, 20],
    [0x03000000, 24],
  ]).get(version & 0xff000000);
  if (length !== value.length) return null;
  const set = (at: number) => {
    const bits = BigInt(value.readUInt32LE(at)) | (BigInt(value.readUInt32LE(at + 8)) << 32n);
    const names: string[] = [];
    for (let n = 0; n < 64; n++) if ((bits >> BigInt(n)) & 1n) names.push(CAPABILITIES[n] ?? String(n));
    return names.length === 0 ? 'none' : names.join(',');
  };
  const root = length === 24 && value.readUInt32LE(20) !== 0 ? ` root ${value.readUInt32LE(20)}` : '';
  return `${version & 1 ? 'effective ' : ''}permitted ${set(4)} inheritable ${set(8)}${root}`;
}

/** Entries of an access list of version 2, as `getfacl` writes them; null of anything else. */
function aclText(value: Buffer): string | null {
  if (value.length < 4 || value.length % 8 !== 4 || value.readUInt32LE(0) !== 2) return null;
  const entries: string[] = [];
  for (let at = 4; at < value.length; at += 8) {
    const tag = ACL_TAGS.get(value.readUInt16LE(at));
    const bits = value.readUInt16LE(at + 2);
    if (tag === undefined || bits > 7) return null;
    const who = tag.endsWith(':') ? tag : `${tag}:${value.readUInt32LE(at + 4)}`;
    const may = `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;
    entries.push(`${who}:${may}`);
  }
  return entries.join(',');
}
