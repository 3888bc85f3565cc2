/** HTML that may stand in a document as it is. Nothing enters it unescaped: it is made by `html`, `Html.join` and `Html.constant` alone. */
export class Html {
  private constructor(readonly source: string) {}

  static template(strings: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
    const source = strings.reduce((built, string, index) => {
      const value = values[index];
      if (value === undefined) return built + string;
      return built + string + (value instanceof Html ? value.source : escapeHtml(value));
    }, '');
    return new Html(source);
  }

  /** A constant of the program, such as a style sheet. Never anything that was read. */
  static constant(source: string): Html {
    return new Html(source);
  }

  static join(pieces: readonly Html[]): Html {
    return new Html(pieces.map((piece) => piece.source).join(''));
  }
}

/** Builds HTML from a template: text put in is escaped, `Html` put in stays as it is. */
export const html = Html.template;

/** Safe between tags and inside quoted attributes (OWASP Cross Site Scripting Prevention, output encoding rules). */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
