import { parseArgs } from 'node:util'
import { policySchema } from '#core/decision.ts'
import type { Sidecar } from '#core/sidecar.ts'
import { NO_VERDICTS, precisionOf, recalibration, withVerdict, type Verdicts } from '#services/scan/memory/verdicts.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { groupBy } from '#services/scan/view/build-input.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import { scanInputOf, windowOf } from '../cases.ts'

const USAGE = `bench/detection/memory/taught.ts: mails with copies of a form letter in every window, all of whose held copies a person releases, and floods beside from a window on, which they reject: of another text, and of the
letter with a payload of six words. A verdict is heard by the next window. What is held of each
  --seeds    (default 0; figures are reported from seed 100 on)
  --windows  (default 9), --from (default 6): the floods begin there
  --n        mails a window (default 480)
  --copies   of the letter, and of each flood (default 30)`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '0' },
    windows: { type: 'string', default: '9' },
    from: { type: 'string', default: '6' },
    n: { type: 'string', default: '480' },
    copies: { type: 'string', default: '30' },
    help: { type: 'boolean', default: false },
  },
})
const policy = policySchema.parse({})
const KINDS = ['letter', 'other flood', 'letter with payload'] as const
const TEXTS: readonly ((n: number) => string)[] = [
  (n: number) =>
    `dear customer, your invoice number ${n} for this month is attached. please pay within thirty days. kind regards, the billing team`,
  (n: number) =>
    `grow your savings with this one fund nobody told you about, reply today quoting ${n} and never worry over money again my friend`,
  (n: number) => `${TEXTS[0]!(n)} visit the quartz lantern shop today`,
]

if (values.help) console.log(USAGE)
else for (const seed of values.seeds.split(',').map(Number)) await teach(seed)

/** Mails of a window, of which the first are copies; by kind, where they lie. */
function inputOf(seed: number, w: number): { input: ScanInput; kinds: (string | null)[] } {
  const [n, copies] = [Number(values.n), Number(values.copies)]
  const { samples, labels, ...rest } = scanInputOf(windowOf('spam', n, seed, w), seed)
  if (samples.kind !== 'text' || labels === null) throw new RangeError('mails with labels are needed')
  const kinds = samples.texts.map((_, i) => {
    const kind = Math.floor(i / copies)
    return kind === 0 || (kind < KINDS.length && w + 1 >= Number(values.from)) ? KINDS[kind]! : null
  })
  const texts = samples.texts.map((text, i) =>
    kinds[i] === null ? text : TEXTS[Math.floor(i / copies)]!(7919 * (w + 1) + 13 * i),
  )
  const names = kinds.map((kind, i) => (kind === null ? labels.names[labels.of[i]!]! : 'ham'))
  return { input: { ...rest, samples: { kind: 'text', texts }, labels: groupBy(names) }, kinds }
}

async function teach(seed: number): Promise<void> {
  const engine = await createEngine()
  let verdicts: Verdicts = NO_VERDICTS
  console.log(`\n| seed ${seed}: window | ${KINDS.join(' held | ')} held | mails held | precision by verdicts |`)
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (let w = 0; w < Number(values.windows); w++) {
    const { input, kinds } = inputOf(seed, w)
    const scan = await scanWindow(input, { engine, recalibration: recalibration(verdicts) })
    const decisions = decide(scan.risk, policy)
    const held = (kind: string | null) => decisions.filter((one, i) => one !== 'admit' && kinds[i] === kind).length
    const records = decisions.map((decision, index) => ({
      id: `${index}`,
      index,
      risk: scan.risk[index]!,
      decision,
      issues: scan.issues[index]!,
    }))
    const { campaigns, spared = [] } = scan
    const sidecar = { campaigns, spared, records } as unknown as Sidecar
    for (const said of ['released', 'rejected'] as const) {
      const isLetter = (index: number) => kinds[index] === 'letter'
      const judged = records.filter(({ index, decision }) => decision !== 'admit' && kinds[index] !== null)
      const named = new Set(judged.filter(({ index }) => isLetter(index) === (said === 'released')).map(({ id }) => id))
      verdicts = withVerdict(verdicts, sidecar, { reviewer: 'ann', said, records: named, stands: true })
    }
    const precision = verdicts.families
      .map((judged) => `${judged.family} ${precisionOf(judged).mean.toFixed(2)}`)
      .join(', ')
    console.log(`| ${[w + 1, ...KINDS.map((kind) => held(kind)), held(null), precision].join(' | ')} |`)
  }
}
