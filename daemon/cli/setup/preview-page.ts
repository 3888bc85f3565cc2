/** An alert that was rendered, and the files it became. All of it is our own words. */
export interface PreviewedAlert {
  readonly type: string;
  readonly role: string;
  readonly title: string;
  readonly consequence: string;
  readonly files: readonly { readonly kind: string; readonly file: string }[];
}

const STYLE = `:root{color-scheme:light dark}body{margin:0 auto;max-width:960px;padding:16px;font:16px/1.5 system-ui,sans-serif}
h2{margin:32px 0 0;font-size:18px}p{margin:4px 0}code{font:13px ui-monospace,Menlo,Consolas,monospace}li{margin:2px 0}`;

/** A page that links the files beside it: self-contained, nothing remote, every text escaped. */
export function previewPage(alerts: readonly PreviewedAlert[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>tillwarden: every kind of message</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Every kind of message</h1>
<p>Made up, as each channel would send it.</p>
${alerts.map(section).join('')}</body>
</html>
`;
}

function section({ type, role, title, consequence, files }: PreviewedAlert): string {
  const kinds = [...new Set(files.map(({ kind }) => kind))];
  const items = kinds.map((kind) => {
    const own = files.filter((one) => one.kind === kind);
    const links = own.map(
      ({ file }) => `<a href="${escaped(encodeURIComponent(file))}">${escaped(file)}</a>`,
    );
    return `<li>${escaped(kind)}: ${links.join(', ')}</li>\n`;
  });
  return `<section>
<h2>${escaped(title)}</h2>
<p><code>${escaped(type)}</code>, ${escaped(role)}</p>
<p>${escaped(consequence)}</p>
<ul>
${items.join('')}</ul>
</section>
`;
}

/** Safe between tags and inside double quotes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
