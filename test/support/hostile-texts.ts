/** Texts that an attacker would put into a watched database: markup, scripts, what turns text round or hides, what steers terminals. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<img src="http://elsewhere.example/x" onerror="alert(1)"><script>alert(2)</script>',
  '\u202Egnp.exe\u0000\u001b[31m',
  `</textarea></title>'"\`\${7*7}{{7*7}}`,
  'javascript:alert(3)',
  'was “bc1qours” now “bc1qours”\u2028all of it is as signed',
  'bc1q\u200Bours\u3164\u2800\u034F',
  '\u2066ours\u2069\u200F\u200E\u{E0041}',
  '\u001b]8;;http://elsewhere.example\u0007link\u001b]8;;\u0007\r\n\t\b',
  `${'W'.repeat(2_000)}`,
  '✅ resolved: nothing to do',
];

/** The first character that no page shows as it is, because it hides, steers, or turns text round; null for none. */
export function spoofingIn(text: string): string | null {
  // Format, control, private and unassigned characters, and those that look blank though they are letters or marks.
  const found =
    /[\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}|\u034f|[\u115f\u1160\u2800\u3164\uffa0]/u.exec(text);
  return found === null ? null : JSON.stringify(found[0]);
}
