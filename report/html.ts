import { visible, visibleLines } from '#present/text.ts'

/** Markup that is safe by construction: only `html` makes it, and escapes every string in it. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Content = Html | string | number | null | undefined | false | readonly Content[]

/**
 * Makes markup with content: strings are escaped (in text and in quoted attributes), and invisible characters in them are
 * spelled out.
 */
export function html(strings: TemplateStringsArray, ...content: readonly Content[]): Html {
  let text = strings[0] ?? ''
  for (const [at, each] of content.entries()) text += render(each) + (strings[at + 1] ?? '')
  return new Html(text)
}

function render(content: Content): string {
  if (content instanceof Html) return content.text
  if (content === null || content === undefined || content === false) return ''
  if (typeof content === 'string') return escapeHtml(visible(content))
  if (typeof content === 'number') return String(content)
  return content.map(render).join('')
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** The body of a text from others; line breaks are kept. */
export function multiline(text: string): Html {
  return new Html(escapeHtml(visibleLines(text)))
}

/** A name from outside, isolated so that it cannot reorder the words around it. */
export function name(text: string): Html {
  return html`<bdi>${text}</bdi>`
}

/** JSON for a script element: nothing in it can end the element or open a comment. It parses to the same value. */
export function scriptJson(value: unknown): Html {
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return new Html(json)
}
