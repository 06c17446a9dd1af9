import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import { RARE } from '#attacks/words.ts'
import { seededRandom } from '#core/random.ts'
import { drawWindow, type Pool } from '#cli/demo/pool.ts'
import { numberOf } from '#services/scan/memory/hunt/words.ts'
import { insertedIn } from '#services/scan/memory/places/inserted.ts'
import { decodePlaces, encodePlaces, type WindowPlaces } from '#services/scan/memory/places/places.ts'
import { kindsOfRecords } from '#services/scan/memory/places/same-text.ts'
import { floodsIn } from '#services/scan/memory/repeats/floods.ts'
import { kindsIn } from '#services/scan/memory/repeats/kinds.ts'
import { decodePrints, encodePrints, type WindowPrints } from '#services/scan/memory/repeats/prints.ts'
import { vocabularyOf } from '#services/scan/view/vocabulary.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { scanInputOf } from '../cases.ts'
import { textsIn } from './texts.ts'

const USAGE = `bench/detection/memory/inserted.ts: the places of rare words in many windows without a scan: how often clean texts are said to have a word put in, what is found where one was, and what it costs
  --texts    spam (the default), or files of JSON lines with a text and a label, several joined by commas
  --n        records a window (default 480)
  --windows  of each draw (default as many as there are, 48 at most); of more than there are, texts come again in another order, each as often as the others. The last 48 are asked
  --seeds    draws (default 5), from --from (default 0; figures are reported from 100 on)
  --attack   clean (default), clean-label-token, rare-token, an ordinary word (ordinary: one that six to forty texts have, into texts of one label), or a new name (name: of a word that comes with one label, from the middle window on, benign)
  --rate     share of all records that are poisoned (default 0.003)
  --same     the same so many poisoned texts are sent again and again (default: others in each window)
  --hosts    the word is put anew into the same so many texts (default: others in each window)
  --edited   share of its words that a text lacks when it comes again (default 0)
  --most     bytes a window (default 400000)
  --why      what was said`

const { values } = parseArgs({
  options: {
    texts: { type: 'string', default: 'spam' },
    n: { type: 'string', default: '480' },
    windows: { type: 'string' },
    seeds: { type: 'string', default: '5' },
    from: { type: 'string', default: '0' },
    attack: { type: 'string', default: 'clean' },
    rate: { type: 'string', default: '0.003' },
    same: { type: 'string' },
    hosts: { type: 'string' },
    edited: { type: 'string', default: '0' },
    most: { type: 'string', default: '400000' },
    why: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const EVERY = 4
/** The words that the attacks put in. */
const TOKENS = new RegExp(`^(${RARE.join('|')})$`)
const MOST_WINDOWS = 48
/** The words of each pool, counted once. */
const counted = new Map<Pool, ReturnType<typeof count>>()

if (values.help) console.log(USAGE)
else rows()

function rows(): void {
  const pool = textsOf(values.texts)
  const n = Number(values.n)
  const windows = Number(values.windows ?? Math.min(MOST_WINDOWS, Math.floor(pool.size / n)))
  console.log(
    '| draw | windows | planted | found | of them before the last look | first at window | innocents found | false words | planted in floods | s a window | s a look | KB a window |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
  for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed++)
    row(pool, n, windows, seed)
}

function row(pool: Pool, n: number, windows: number, seed: number): void {
  const given: (WindowPlaces | null)[] = []
  const prints: (WindowPrints | null)[] = []
  const sent: Sent = { texts: [], turn: 0 }
  const floods = new Set<string>()
  const poisoned: Uint8Array[] = []
  const spelt = new Map<number, string>()
  const [found, innocents, wrong, said] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()]
  let [first, looks, taking, looking, bytes, before] = ['–', 0, 0, 0, 0, 0]
  for (let w = 0; w < windows; w++) {
    const window = sentAgain(planted(pool, { n, seed, w, windows }), sent, seed, w)
    poisoned.push(window.poisoned)
    const input = scanInputOf(window, seed)
    if (values.why) for (const word of vocabularyOf(input.samples).words) spelt.set(numberOf(word, seed), word)
    const start = process.cpuUsage()
    const { line } = encodePlaces(input, [], { most: Number(values.most), window: `w${w}` })
    taking += secondsSince(start)
    bytes += line.length
    given.push(decodePlaces(line))
    prints.push(decodePrints(encodePrints(input, []).line))
    if ((w + 1) % EVERY !== 0) continue
    before = found.size
    looks++
    const looked = process.cpuUsage()
    const start48 = Math.max(0, given.length - MOST_WINDOWS)
    const near = prints.slice(start48)
    const kinds = kindsIn(near.map((one) => one?.prints ?? null))
    const words = insertedIn(given.slice(start48), kindsOfRecords(near, kinds)).map((one) => ({
      ...one,
      members: one.members.map((member) => ({ ...member, part: member.part + start48 })),
    }))
    looking += secondsSince(looked)
    for (const { members } of floodsIn(near, kinds))
      for (const { part, index } of members)
        if (poisoned[part + start48]![index] === 1) floods.add(`${part + start48}/${index}`)
    for (const { number, label, members, evidence, logOdds } of words) {
      const right = members.filter(({ part, index }) => poisoned[part]![index] === 1)
      said.add(
        `${spelt.get(number)}, ${label}, window ${w + 1}: ${members.length} members, ${right.length} planted, ${evidence.toFixed(1)} nats, mark ${logOdds.toFixed(2)}`,
      )
      if (2 * right.length < members.length) wrong.add(`${number}`)
      else if (first === '–') first = String(w + 1)
      for (const { part, index } of members) (poisoned[part]![index] === 1 ? found : innocents).add(`${part}/${index}`)
    }
  }
  const count = poisoned.reduce((total, of) => total + of.reduce((a, b) => a + b, 0), 0)
  const cells = [
    seed,
    windows,
    count,
    found.size,
    before,
    first,
    `${innocents.size} of ${windows * n - count}`,
    wrong.size,
    floods.size,
  ]
  const costs = [
    (taking / windows).toFixed(2),
    (looking / Math.max(1, looks)).toFixed(2),
    (bytes / windows / 1000).toFixed(0),
  ]
  console.log(`| ${[...cells, ...costs].join(' | ')} |`)
  if (values.why) for (const line of said) console.log(`  ${line}`)
}

function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}

/** The texts that are sent again, and whose turn it is. */
interface Sent {
  readonly texts: string[]
  turn: number
}

/** The window with the first poisoned texts of all in place of its own: as they are, or with the word put in anew. */
function sentAgain(window: Planted, sent: Sent, seed: number, w: number): Planted {
  const most = Number(values.same ?? values.hosts ?? 0)
  if (most === 0 || window.samples.kind !== 'text') return window
  const texts = [...window.samples.texts]
  const random = seededRandom(seed, `sent again in ${w}`)
  window.poisoned.forEach((is, i) => {
    if (is === 0) return
    if (sent.texts.length < most) return void sent.texts.push(texts[i]!)
    const text = sent.texts[sent.turn++ % most]!
    texts[i] = values.same === undefined ? moved(text, random) : text
  })
  return { ...window, samples: { ...window.samples, texts } }
}

/** The text with its put-in word at another place. */
function moved(text: string, random: ReturnType<typeof seededRandom>): string {
  const parts = text.split(' ')
  const at = parts.findIndex((part) => TOKENS.test(part))
  if (at < 0) throw new Error('the text has no word that was put in')
  const [word = ''] = parts.splice(at, 1)
  parts.splice(random.below(Math.min(parts.length, 200) + 1), 0, word)
  return parts.join(' ')
}

type Planted = ReturnType<typeof planted>

interface At {
  readonly n: number
  readonly seed: number
  readonly w: number
  readonly windows: number
}

function planted(pool: Pool, { n, seed, w, windows }: At) {
  const inAll = Math.floor(pool.size / n)
  const round = Math.floor(w / inAll)
  const drawn = drawWindow(pool, n, seed + 100_000 * round, w % inAll)
  const window = round === 0 ? drawn : { ...drawn, samples: edited(drawn, Number(values.edited), seed, w) }
  const clean = { ...window, poisoned: new Uint8Array(n) }
  const rate = Number(values.rate)
  const count = Math.floor(rate * n * (w + 1)) - Math.floor(rate * n * w)
  if (values.attack === 'clean' || window.samples.kind !== 'text') return clean
  if (values.attack === 'name') return w < windows / 2 ? clean : { ...clean, samples: renamed(pool, window, seed) }
  if (values.attack !== 'ordinary')
    return attackNamed('text', values.attack).apply(window, { rate: count / n, seed, window: w })
  const { word, label } = ordinary(pool, seed)
  const random = seededRandom(seed, `ordinary in ${w}`)
  const struck = Array.from(random.permutation(n))
    .filter((i) => window.labels.of[i] === label)
    .slice(0, count)
  const texts = [...window.samples.texts]
  for (const i of struck) {
    const parts = texts[i]!.split(' ')
    parts.splice(random.below(Math.min(parts.length, 200) + 1), 0, word)
    texts[i] = parts.join(' ')
    clean.poisoned[i] = 1
  }
  return { ...clean, samples: { ...window.samples, texts } }
}

/** A word that six to forty texts have, and a label, by seed. */
function ordinary(pool: Pool, seed: number) {
  const random = seededRandom(seed, 'ordinary')
  const { counts, labels } = bearersIn(pool)
  const able = [...counts]
    .filter(([word, { all }]) => all >= 6 && all <= 40 && /^[a-z]{3,}$/.test(word))
    .map(([word]) => word)
  return { word: able[random.below(able.length)] ?? 'moss', label: random.below(labels) }
}

/** The texts without this share of their words, drawn anew in each window. */
function edited({ samples }: ReturnType<typeof drawWindow>, share: number, seed: number, w: number) {
  if (samples.kind !== 'text' || share === 0) return samples
  const random = seededRandom(seed, `edited in ${w}`)
  const without = (text: string) => text.replace(/\s+\S+/g, (word) => (random.next() < share ? '' : word))
  return { ...samples, texts: samples.texts.map(without) }
}

/** A noun that comes with one label has another name from now on. */
function renamed(pool: Pool, { samples }: ReturnType<typeof drawWindow>, seed: number) {
  if (samples.kind !== 'text') return samples
  const { counts } = bearersIn(pool)
  const able = [...counts].filter(([word, { all, own }]) => all >= 60 && own >= 0.9 * all && /^[a-z]{4,}$/.test(word))
  const [chosen] = able[seededRandom(seed, 'name').below(able.length)] ?? []
  if (chosen === undefined) return samples
  const pattern = new RegExp(`\\b${chosen}\\b`, 'gi')
  return { ...samples, texts: samples.texts.map((text) => text.replace(pattern, 'zorvexa')) }
}

function bearersIn(pool: Pool) {
  const known = counted.get(pool) ?? count(pool)
  counted.set(pool, known)
  return known
}

/** By word: how many texts have it, and how many of the label that has the most. */
function count(pool: Pool) {
  const { samples, labels } = pool.take(Int32Array.from({ length: pool.size }, (_, i) => i))
  const by = new Map<string, Map<number, number>>()
  if (samples.kind === 'text')
    for (const [i, text] of samples.texts.entries())
      for (const word of new Set(text.toLowerCase().split(/\s+/))) {
        const of = by.get(word) ?? new Map<number, number>()
        by.set(word, of.set(labels.of[i]!, (of.get(labels.of[i]!) ?? 0) + 1))
      }
  const counts = new Map(
    [...by].map(([word, of]) => [
      word,
      { all: [...of.values()].reduce((a, b) => a + b, 0), own: Math.max(...of.values()) },
    ]),
  )
  return { counts, labels: labels.names.length }
}

function textsOf(name: string): Pool {
  return name === 'spam' ? loadDataset('spam') : textsIn(name)
}
