import { posix } from 'node:path'
import { Marked } from 'marked'
import { textAt } from './files.ts'

/** Pages in the order of the book; those of `governance` lie sideways, for their tables are wide. */
const CHAPTERS = [
  'docs/playbook/README.md',
  ...['ingestion', 'encryption', 'federated', 'poisoning', 'clouds', 'running', 'people'].map(
    (name) => `docs/playbook/${name}.md`,
  ),
  ...[
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
  ].map((name) => `docs/playbook/incidents/${name}.md`),
  ...['README', 'kinesis-drip', 'vault-rotation', 'sybils', 'public-hub', 'insider'].map(
    (name) => `docs/case-studies/${name}.md`,
  ),
  'docs/playbook/tabletop.md',
  'docs/playbook/checklist.md',
  'docs/governance/threats.md',
  'docs/governance/frameworks.md',
  'docs/governance/controls.md',
] as const

/** The whole playbook as one HTML page that needs nothing else, for print. */
export function bookHtml(version: string): string {
  const chapters = CHAPTERS.map((path) => ({ path, text: textAt(path).replaceAll(/<!--.*?-->\n?/gs, '') }))
  const contents = chapters
    .map(({ path, text }) => `<li><a href="#${anchor(path)}">${titleOf(text)}</a></li>`)
    .join('\n')
  const parts = chapters.map(({ path, text }) => {
    const wide = path.startsWith('docs/governance/') ? ' class="wide"' : ''
    return `<section id="${anchor(path)}"${wide}>${chapterHtml(path, text)}</section>`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Training environment security playbook</title><style>${STYLE}</style></head>
<body>
<header><h1>Training environment security playbook</h1><p>Credence ${version}</p><ol>${contents}</ol></header>
${parts.join('\n')}
</body></html>
`
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
      // Drawn into the page: an image by its address is not there in print.
      image({ href }) {
        return `<figure>${textAt(posix.join(posix.dirname(path), href))}</figure>`
      },
    },
  })
  const html = marked.parse(text, { async: false })
  return html
    .replaceAll(/<a id="([^"]+)"><\/a>/g, (_, id: string) => `<a id="${anchor(path, id)}"></a>`)
    .replaceAll(/<p>(<figure>.*?<\/figure>)<\/p>/gs, '$1')
}

/** A link within the book, or out of it; null for a file that is not printed. */
function linkIn(path: string, href: string): string | null {
  if (/^https?:/.test(href)) return href
  const [file = '', place] = href.split('#')
  const target = file === '' ? path : posix.join(posix.dirname(path), file)
  return (CHAPTERS as readonly string[]).includes(target) ? `#${anchor(target, place)}` : null
}

const STYLE = `
@page { size: A4; margin: 12mm 14mm 14mm }
@page wide { size: A4 landscape; margin: 14mm }
:root { color-scheme: light }
body { font: 9.2pt/1.34 system-ui, 'DejaVu Sans', sans-serif; color: #1b1f24; margin: 0 }
header h1 { font-size: 26pt; margin: 40mm 0 4mm }
header ol { columns: 2; margin-top: 14mm; padding-left: 7mm }
section { break-before: page }
.wide { page: wide; font-size: 8pt }
h1 { font-size: 18pt; margin: 0 0 3mm } h2 { font-size: 12pt; margin: 4mm 0 1.2mm } h3 { font-size: 11pt }
h1, h2, h3 { break-after: avoid }
p, li { orphans: 3; widows: 3 }
p, ul, ol { margin: 1.8mm 0 }
h2 + p, h2 + ul, h2 + ol { break-before: avoid }
p:has(+ table) { break-after: avoid }
.wide td:first-child { white-space: nowrap }
a { color: #0b5cad; text-decoration: none }
pre { background: #f6f8fa; border: 1px solid #d8dee4; border-radius: 4px; padding: 1.8mm 2.5mm; margin: 2mm 0; white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid; font-size: 8.5pt }
code { font-family: 'DejaVu Sans Mono', monospace; font-size: .9em; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: 3mm 0; font-size: .92em }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border: 1px solid #d0d7de; padding: .8mm 1.6mm; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { background: #eef2f6 }
th { overflow-wrap: normal }
.wide td:nth-child(2) { min-width: 34mm }
/* A short table stays whole. */
table:not(:has(tbody tr:nth-child(13))) { break-inside: avoid }
/* A table keeps two rows with its heading, and two at its end. */
tbody tr:first-child, tbody tr:nth-last-child(2) { break-after: avoid }
figure { margin: 4mm 0; break-inside: avoid } figure svg { max-width: 100%; max-height: 150mm; height: auto }
`
