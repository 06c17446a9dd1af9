import { existsSync, globSync } from 'node:fs'
import { posix } from 'node:path'
import { ROOT, textAt, type Problem } from './files.ts'

const PAGES = ['*.md', 'docs/**/*.md', 'deploy/**/*.md', 'infra/**/*.md', 'clients/**/*.md', 'examples/**/*.md']

/** A link's target, and its title if it has one. */
const LINK = /\]\(([^)\s]+)(?:\s+"([^"]*)")?\)/g

/** Links of our pages that lead nowhere: to a file that is not there, or to a heading that its page has not. */
export function brokenLinks(): Problem[] {
  return pages().flatMap((page) => {
    const text = withoutCode(textAt(page))
    return [...text.matchAll(LINK)].flatMap(([, target = '']) => {
      const says = brokenLink(page, target)
      return says === null ? [] : [{ where: page, says }]
    })
  })
}

/** The tests that a page's links name by their title: `[chain](chain.test.ts "takes a link away")`. */
export function linkedTests(page: string): { readonly test: string; readonly name: string }[] {
  return [...textAt(page).matchAll(LINK)].flatMap(([, target = '', name]) =>
    name === undefined || !target.endsWith('.test.ts') ? [] : [{ test: fileOf(page, target), name }],
  )
}

/** Every page that people read, from the root. */
export function pages(): string[] {
  return globSync(PAGES, { cwd: ROOT, exclude: ['**/node_modules/**', '**/.venv/**'] }).sort()
}

function brokenLink(page: string, target: string): string | null {
  if (/^(?:https?|mailto):/.test(target)) return null
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : fileOf(page, path)
  if (!existsSync(`${ROOT}${file}`)) return `${target} is not there`
  if (anchor === undefined || !file.endsWith('.md')) return null
  return anchorsOf(textAt(file)).has(anchor) ? null : `${target}: ${file} has no such heading`
}

function fileOf(page: string, path: string): string {
  return posix.normalize(posix.join(posix.dirname(page), decodeURI(path)))
}

/** What can stand behind `#`: headings as GitHub names them, and ids. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id))
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-')
    let name = slug
    for (let i = 1; anchors.has(name); i++) name = `${slug}-${i}`
    anchors.add(name)
  }
  return anchors
}

/** The text without fenced blocks, indented blocks and code in a line: nothing in them is a link or a heading. */
export function withoutCode(text: string): string {
  return text
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/^ {4}.*$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
}
