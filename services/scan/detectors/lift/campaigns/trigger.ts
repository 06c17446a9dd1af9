import type { Trigger, TriggerPixel } from '#core/score.ts'
import type { ImageSamples, Samples } from '../../../view/samples.ts'
import type { TokenDescription, TokenMatrix } from '../../../view/window-view.ts'

/**
 * A pixel belongs to a patch where the members' grey deviates by at most `deviation` and less than the share `others`
 * of other records lie within `near` of its mean. Grey is from 0 to 1.
 */
const PIXEL = { deviation: 0.08, others: 0.5, near: 0.1 }
const MOST_NAMED = 12

/**
 * The trigger that the tokens of a campaign form, and a phrase for it. `tokens` come strongest first; only those that
 * four fifths of the members hold are named.
 */
export function liftTrigger(
  samples: Samples,
  matrix: TokenMatrix,
  tokens: readonly number[],
  members: Int32Array,
): { trigger: Trigger; phrase: string } {
  const named = heldByMost(matrix, tokens, members).map((t) => matrix.describe(t))
  const lead = named[0] ?? matrix.describe(tokens[0]!)
  if (lead.kind === 'pixels' && samples.kind === 'image') {
    return lead.anywhere ? movingPatch(samples, lead) : fixedPatch(samples, lead, members)
  }
  if (lead.kind === 'words') {
    const phrases = chained(named.flatMap((d) => (d.kind === 'words' ? [d.words] : [])))
    return { trigger: { kind: 'tokens', tokens: phrases }, phrase: phrases.map((p) => `“${p}”`).join(', ') }
  }
  if (lead.kind === 'typing') return { trigger: { kind: 'tokens', tokens: [lead.property] }, phrase: lead.property }
  const values = lead.kind === 'values' ? lead.values : []
  return {
    trigger: { kind: 'values', values },
    phrase: values.map(({ column, value }) => `${column} = ${value}`).join(' and '),
  }
}

function heldByMost(matrix: TokenMatrix, tokens: readonly number[], members: Int32Array): number[] {
  const held = new Map(tokens.map((t) => [t, 0]))
  for (const i of members) {
    for (let at = matrix.offsets[i]!; at < matrix.offsets[i + 1]!; at++) {
      const count = held.get(matrix.ids[at]!)
      if (count !== undefined) held.set(matrix.ids[at]!, count + 1)
    }
  }
  return tokens.filter((t) => held.get(t)! >= 0.8 * members.length)
}

/**
 * A patch of the pixels on which the members agree and other records do not; of the token's own pixels where there are
 * none.
 */
function fixedPatch(
  { pixels, height, width, channels }: ImageSamples,
  lead: TokenDescription & { kind: 'pixels' },
  members: Int32Array,
): { trigger: Trigger; phrase: string } {
  const d = pixels.cols
  const grey = (i: number, at: number) => {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += pixels.data[i * d + at * channels + c]! / channels
    return sum
  }
  const patch: TriggerPixel[] = []
  for (let at = 0; at < height * width; at++) {
    let [sum, square] = [0, 0]
    for (const i of members) {
      const v = grey(i, at)
      sum += v
      square += v * v
    }
    const mean = sum / members.length
    if (square / members.length - mean * mean > PIXEL.deviation ** 2) continue
    let near = 0
    for (let i = 0; i < pixels.rows; i++) if (Math.abs(grey(i, at) - mean) < PIXEL.near) near++
    const others = (near - members.length) / Math.max(1, pixels.rows - members.length)
    if (others < PIXEL.others) patch.push({ y: Math.floor(at / width), x: at % width, value: mean })
  }
  const found = patch.length > 0 ? patch : lead.pixels
  const first = found[0]!
  return {
    trigger: { kind: 'patch', shape: [height, width], pixels: found },
    phrase: `a fixed patch of ${found.length} pixels at row ${first.y}, column ${first.x}`,
  }
}

function movingPatch(
  { height, width }: ImageSamples,
  { pixels }: TokenDescription & { kind: 'pixels' },
): { trigger: Trigger; phrase: string } {
  return {
    trigger: { kind: 'patch', shape: [height, width], pixels },
    phrase: `a patch of ${pixels.length} pixels that moves about the image`,
  }
}

/** Joins words and overlapping pairs of words into phrases, MOST_NAMED at most. */
function chained(words: readonly string[]): string[] {
  const pairs = words.filter((w) => w.includes(' ')).map((w) => w.split(' ') as [string, string])
  const followers = new Map(pairs)
  const preceded = new Set(pairs.map(([, second]) => second))
  const phrases: string[] = []
  const used = new Set<string>()
  for (const [first] of pairs) {
    if (preceded.has(first) || used.has(first)) continue
    const phrase = [first]
    used.add(first)
    for (let next = followers.get(first); next !== undefined && !used.has(next); next = followers.get(next)) {
      phrase.push(next)
      used.add(next)
    }
    phrases.push(phrase.join(' '))
  }
  const single = words.filter((w) => !w.includes(' ') && !used.has(w))
  const all = [...phrases, ...single]
  return (all.length > 0 ? all : [...words]).slice(0, MOST_NAMED)
}
