import { parseArgs } from 'node:util'
import { withContributors } from '#attacks/contributors.ts'
import type { Column, LabelledWindow } from '#attacks/types.ts'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import { broughtIn, namedIn } from '#services/scan/memory/accounts.ts'
import { foldMemory, lastTeacherOf, type Memory } from '#services/scan/memory/memory.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { scanInputOf, windowOf } from '../cases.ts'

const USAGE = `bench/detection/memory/frog.ts: an uploader whose rows of a table lie a little further out in every window, and what is held then of rows that lie as far out as it wanted
  --dataset  (default synthetic)
  --volume   its share of the records (default 0.05)
  --windows  in which it does so, of which the first is as it should be (default 12); four follow with 1 % of the rows that it wanted to get in
  --far      how many times as far from the column's mean these lie (default 4)
  --n        records a window (default 500)
  --seed     (default 0)`

const { values } = parseArgs({
  options: {
    dataset: { type: 'string', default: 'synthetic' },
    volume: { type: 'string', default: '0.05' },
    windows: { type: 'string', default: '12' },
    far: { type: 'string', default: '4' },
    n: { type: 'string', default: '500' },
    seed: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})
const [EVERY, AFTER, WANTED] = [4, 4, 0.01]
const [n, seed, windows, far] = [Number(values.n), Number(values.seed), Number(values.windows), Number(values.far)]

if (values.help) console.log(USAGE)
else {
  console.log('| the uploader | of its rows held | of the rows it wanted held | innocents held | named |')
  console.log('| --- | --- | --- | --- | --- |')
  await row('is as others', 0)
  await row(`brings ${100 * Number(values.volume)} %, further out each time`, Number(values.volume))
}

async function row(who: string, volume: number): Promise<void> {
  const engine = await createEngine()
  const memories = new Map<number, Memory>()
  let memory: Memory | null = null
  const sum = { own: 0, ownHeld: 0, wanted: 0, wantedHeld: 0, innocents: 0, innocentsHeld: 0 }
  for (let w = 0; w < windows + AFTER; w++) {
    const isAfter = w >= windows
    const share = isAfter ? WANTED : volume
    const factor = isAfter ? far : 1 + ((far - 1) * w) / (windows - 1)
    const { window, struck } = stretched(
      withContributors(windowOf(values.dataset, n, seed, w), 1000 * seed + w),
      share,
      {
        factor,
        w,
      },
    )
    const known = memories.get(lastTeacherOf(w + 1, EVERY))
    const taught = known === undefined ? {} : { history: known.history, named: namedIn(known.accounts ?? []) }
    const input = scanInputOf(window, seed)
    const { risk, bulk } = await scanWindow(input, { engine, ...taught })
    const brought = broughtIn(risk, input.contributors) ?? undefined
    memory = foldMemory('bench', memory, [{ ordinal: w + 1, contract: 'bench', taught: bulk, brought }])
    if ((w + 1) % EVERY === 0) memories.set(w + 1, memory)
    decide(risk, policySchema.parse({})).forEach((decision, i) => {
      const held = Number(decision !== 'admit')
      const kind = !struck.has(i) ? 'innocents' : isAfter ? 'wanted' : 'own'
      sum[kind]++
      sum[`${kind}Held`] += held
    })
  }
  const named = namedIn(memory?.accounts ?? []).map(({ name }) => name)
  const of = (held: number, all: number) => `${held} of ${all}`
  console.log(
    `| ${who} | ${of(sum.ownHeld, sum.own)} | ${of(sum.wantedHeld, sum.wanted)} | ${of(sum.innocentsHeld, sum.innocents)} | ${named.join(', ') || 'nobody'} |`,
  )
}

/** Rows of one uploader, with their numbers so many times as far from the columns' means. */
function stretched(
  window: LabelledWindow,
  share: number,
  { factor, w }: { readonly factor: number; readonly w: number },
) {
  const { samples, contributors } = window
  if (samples.kind !== 'table' || contributors === null) throw new RangeError('a table with contributors')
  const struck = new Set(
    seededRandom(seed, `frog/${w}`)
      .permutation(n)
      .slice(0, Math.round(share * n)),
  )
  const columns = samples.columns.map((column): Column => {
    if (column.type !== 'number') return column
    const known = column.values.filter((value) => Number.isFinite(value))
    const mean = known.reduce((a, b) => a + b, 0) / known.length
    const values = column.values.map((value, i) =>
      struck.has(i) ? Number((mean + factor * (value - mean)).toFixed(3)) : value,
    )
    return { ...column, values }
  })
  const names = [...contributors.names, 'frog']
  const of = contributors.of.map((by, i) => (struck.has(i) ? names.length - 1 : by))
  const counts = Int32Array.from(names, (_, c) => of.filter((by) => by === c).length)
  return { window: { ...window, samples: { ...samples, columns }, contributors: { names, of, counts } }, struck }
}
