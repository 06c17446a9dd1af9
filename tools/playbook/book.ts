import { posix } from 'node:path'
import { Marked } from 'marked'
import { textAt } from './files.ts'

export const INCIDENTS = named('docs/playbook/incidents', [
  'poison-before-training',
  'poison-after-training',
  'key-leaked',
  'key-disabled',
  'chain-cut',
  'reviewer-stolen',
  'contributor-compromised',
  'federation-client',
  'quarantine-leak',
  'store-deleted',
])

/** Pages in the order of the book, by part; those of the last part lie sideways, for their tables are wide. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  Chapters: named('docs/playbook', [
    'README',
    'ingestion',
    'encryption',
    'federated',
    'poisoning',
    'clouds',
    'running',
    'people',
  ]),
  Incidents: INCIDENTS,
  'Case studies': named('docs/case-studies', [
    'README',
    'kinesis-drip',
    'vault-rotation',
    'sybils',
    'public-hub',
    'insider',
  ]),
  Exercises: named('docs/playbook', ['tabletop', 'checklist', 'tried']),
  Governance: [...named('docs', ['threat-model']), ...named('docs/governance', ['threats', 'frameworks', 'controls'])],
}
const CHAPTERS = Object.values(PARTS).flat()

/** The whole playbook as one HTML page that needs nothing else, for print. `pages` has the page of each anchor, once it is known. */
export function bookHtml(version: string, pages: ReadonlyMap<string, number> = new Map()): string {
  const contents = Object.entries(PARTS).map(([part, paths]) => {
    const lines = paths.map((path) => {
      const id = anchor(path)
      const page = `<span class="page">${pages.get(id) ?? '000'}</span>`
      return `<li><a href="#${id}">${titleOf(textAt(path))}</a>${page}</li>`
    })
    return `<div><h2>${part}</h2><ul>${lines.join('\n')}</ul></div>`
  })
  const sections = CHAPTERS.map((path) => {
    const wide = PARTS['Governance']!.includes(path) ? ' class="wide"' : ''
    const text = textAt(path).replaceAll(/<!--.*?-->\n?/gs, '')
    return `<section id="${anchor(path)}"${wide}>${chapterHtml(path, text)}</section>`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Training environment security playbook</title><style>${STYLE}</style></head>
<body>
<header><h1>Training environment security playbook</h1><p>Credence ${version}</p><nav>${contents.join('\n')}</nav></header>
${sections.join('\n')}
</body></html>
`
}

/** The page that each of the book's chapters begins on, by its anchor, as a PDF of Chromium says it. Throws where it does not say. */
export function pagesIn(pdf: Uint8Array): Map<string, number> {
  const text = Buffer.from(pdf).toString('latin1')
  const order = [...text.matchAll(/^(\d+) 0 obj\n<<\/Type \/Page\n/gm)].map(([, id]) => id!)
  const found = CHAPTERS.map((path): [string, number] => {
    const id = anchor(path)
    const [, object] = new RegExp(`/${id} \\[(\\d+) 0 R `).exec(text) ?? []
    const at = order.indexOf(object ?? '')
    if (at < 0) throw new Error(`the PDF does not say on which page ${path} begins`)
    return [id, at + 1]
  })
  return new Map(found)
}

function named(folder: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${folder}/${name}.md`)
}

function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1] ?? ''
}

/** Where a page, or a place on it, is in the book. */
function anchor(path: string, place?: string): string {
  return `${path.replaceAll(/[^a-z]+/gi, '-')}${place === undefined ? '' : `--${place}`}`
}

function chapterHtml(path: string, text: string): string {
  const marked = new Marked({ gfm: true })
  marked.use({
    renderer: {
      heading({ tokens, depth, text: words }) {
        const slug = words
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(/\s/g, '-')
        return `<h${depth} id="${anchor(path, slug)}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens)
        const target = linkIn(path, href)
        return target === null ? `<span class="elsewhere">${words}</span>` : `<a href="${target}">${words}</a>`
      },
      // A long name is broken where its words end.
      codespan({ text }) {
        const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
        return `<code>${escaped.replaceAll(/(?<=\w)[_./](?=\w)/g, '$&<wbr>')}</code>`
      },
      // Drawn into the page: an image by its address is not there in print.
      image({ href }) {
        return `<figure>${textAt(posix.join(posix.dirname(path), href))}</figure>`
      },
    },
  })
  const html = marked.parse(text, { async: false })
  return (
    html
      .replaceAll(/<a id="([^"]+)"><\/a>/g, (_, id: string) => `<a id="${anchor(path, id)}"></a>`)
      .replaceAll('<p>Proof: ', '<p class="proof">Proof: ')
      .replaceAll(/<p>(<figure>.*?<\/figure>)<\/p>/gs, '$1')
      // An id is read whole.
      .replaceAll(
        /<td>(?=(?:AML\.[TM][\d.]+|[A-Z]+ \d\.\d+|(?:NISTAML|A)\.[\d.]+|\d{4}-\d\d-\d\d)<\/td>)/g,
        '<td class="id">',
      )
      .replaceAll(/<h2.*?(?=<h2|$)/gs, '<div class="part">$&</div>')
  )
}

/** A link within the book, or out of it; null for a file that is not printed. */
function linkIn(path: string, href: string): string | null {
  if (/^https?:/.test(href)) return href
  const [file = '', place] = href.split('#')
  const target = file === '' ? path : posix.join(posix.dirname(path), file)
  return CHAPTERS.includes(target) ? `#${anchor(target, place)}` : null
}

const STYLE = `
@page { size: A4; margin: 12mm 14mm 14mm }
@page wide { size: A4 landscape; margin: 14mm }
:root { color-scheme: light }
body { font: 9.2pt/1.29 system-ui, 'DejaVu Sans', sans-serif; color: #1b1f24; margin: 0 }
header h1 { font-size: 26pt; margin: 26mm 0 3mm }
nav { columns: 2; column-gap: 10mm; margin-top: 12mm }
nav div { break-inside: avoid } nav h2 { margin-top: 0 } nav ul { list-style: none; padding: 0; margin: 0 0 6mm }
nav li { display: flex; align-items: end; gap: 2mm; border-bottom: 1px dotted #b6bec7; padding: .8mm 0 }
nav .page { margin-left: auto; min-width: 3ch; text-align: right; font-variant-numeric: tabular-nums }
section { break-before: page }
.wide { page: wide; font-size: 8pt }
h1 { font-size: 18pt; margin: 0 0 3mm } h2 { font-size: 12pt; margin: 3.2mm 0 1mm } h3 { font-size: 11pt }
h1, h2, h3 { break-after: avoid }
p, li { orphans: 3; widows: 3 }
p, ul, ol { margin: 1.5mm 0 }
h2 + p, h2 + ul, h2 + ol { break-before: avoid }
p:has(+ table) { break-after: avoid }
/* What shows a section stays with it, and takes little room. */
.proof { break-before: avoid; margin: 1mm 0; font-size: .86em; color: #57606a }
.wide .id, #docs-governance-frameworks-md td:first-child { white-space: nowrap }
#docs-governance-threats-md td { overflow-wrap: break-word }
a { color: #0b5cad; text-decoration: none }
pre { background: #f6f8fa; border: 1px solid #d8dee4; border-radius: 4px; padding: 1.8mm 2.5mm; margin: 2mm 0; white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid; font-size: 7.9pt }
code { font-family: 'DejaVu Sans Mono', monospace; font-size: .9em; overflow-wrap: break-word }
table { border-collapse: collapse; width: 100%; margin: 3mm 0; font-size: .92em }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border: 1px solid #d0d7de; padding: .8mm 1.6mm; text-align: left; vertical-align: top; overflow-wrap: break-word }
th { background: #eef2f6 }
th { overflow-wrap: normal }
#docs-governance-frameworks-md td:nth-child(2) { min-width: 34mm }
/* A short table stays whole. */
table:not(:has(tbody tr:nth-child(13))) { break-inside: avoid }
/* A table keeps two rows with its heading, and three at its end. */
tbody tr:first-child, tbody tr:nth-last-child(3), tbody tr:nth-last-child(2) { break-after: avoid }
/* Controls are read one by one, in two columns. */
#docs-governance-controls-md { columns: 2; column-gap: 8mm }
#docs-governance-controls-md > .part { break-inside: avoid }
#docs-governance-controls-md > h1, #docs-governance-controls-md > p { column-span: all }
figure { margin: 2.5mm 0; break-inside: avoid } figure svg { max-width: 100%; max-height: 150mm; height: auto }
.wide figure svg { max-height: 118mm }
/* The three clouds side by side in mind: one page has all of them. */
#docs-playbook-clouds-md figure { margin: 2mm 0 } #docs-playbook-clouds-md figure svg { max-height: 74mm }
`
