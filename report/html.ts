import { visible, visibleLines } from '#present/text.ts'

/** Markup that is safe by construction: `html` makes it, and escapes every string put into it. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Content = Html | string | number | null | undefined | false | readonly Content[]

/** Markup with content: strings are escaped (in text and in quoted attributes), and what is invisible in them is spelled out. */
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

/** The body of somebody's text: line breaks stay. */
export function multiline(text: string): Html {
  return new Html(escapeHtml(visibleLines(text)))
}

/** A name from outside, kept from reordering the words around it. */
export function name(text: string): Html {
  return html`<bdi>${text}</bdi>`
}

/** JSON for a script element: nothing in it can end the element or open a comment. The value reads back the same. */
export function scriptJson(value: unknown): Html {
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return new Html(json)
}
