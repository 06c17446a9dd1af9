import { parseArgs } from 'node:util'
import { evaluate, initialModel, trainUpdate } from '#examples/federated/model.ts'
import { backdoored } from '#examples/federated/poison.ts'
import { shardMnist } from '#examples/federated/shards.ts'
import { JUDGE_DEFAULTS, judgeUpdates } from '#services/federate/validate/judge.ts'
import { NO_PAST, type Past } from '#services/federate/validate/past.ts'
import { ATTACKS } from './attacks.ts'

/**
 * How often the risk of a client in a judged round came true, and who was held, with what rounds remember and without.
 * `node bench/federate-attacks/risk.ts [--seeds 1,2,3] [--attacks 'alie,patient backdoors'] [--digits own,alike] [--rounds 8]`.
 */

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    attacks: { type: 'string', default: Object.keys(ATTACKS).join(',') },
    digits: { type: 'string', default: 'own,alike' },
    rounds: { type: 'string', default: '8' },
  },
})

const OWNERS = 20
const ATTACKERS = 4
const EXAMPLES = 400
const TRAINING = { epochs: 2, rate: 0.1, batch: 20 } as const
const RULES = { ...JUDGE_DEFAULTS, weightCap: 1 } as const

interface Seen {
  readonly poisons: boolean
  readonly risk: number
  readonly held: boolean
  /** Whether it is held by what it sent in this round alone. */
  readonly heldAlone: boolean
}

function poisonsIn(attack: string, i: number): boolean {
  if (attack === 'nobody') return false
  return attack === 'lone backdoor' ? i === OWNERS - ATTACKERS : i >= OWNERS - ATTACKERS
}

function play(seed: number, alike: boolean, attack: string): { readonly seen: Seen[]; readonly success: number } {
  const shards = shardMnist(OWNERS, EXAMPLES, seed, alike)
  let model = initialModel(seed)
  let last = new Float64Array(model.length)
  let past: Past = NO_PAST
  const seen: Seen[] = []
  for (let round = 1; round <= Number(values.rounds); round++) {
    const trainingOf = (i: number) => ({ ...TRAINING, seed: 100_000 * seed + 1000 * round + i })
    const [honest, poisoning] = [shards.clients.slice(0, -ATTACKERS), shards.clients.slice(-ATTACKERS)]
    const updates = honest.map((examples, i) => trainUpdate(model, examples, trainingOf(i)))
    const trainings = poisoning.map((_, i) => trainingOf(honest.length + i))
    const poisoned = ATTACKS[attack]!({ model, last, honest: updates, shards: poisoning, trainings })
    const open = [...updates, ...poisoned].map((update, i) => ({
      client: `owner-${String(i).padStart(2, '0')}`,
      weight: 1,
      values: Float64Array.from(update),
    }))
    const rootLoss = (update: Float64Array) =>
      evaluate(
        model.map((value, k) => value + update[k]!),
        shards.root,
      ).loss
    const rules = { ...RULES, dimension: model.length }
    const judged = judgeUpdates(open, rules, { rootLoss, past })
    const alone = judgeUpdates(open, rules, { rootLoss })
    past = new Map([...past, ...judged.learned])
    for (const [i, { ruling, risk = 0 }] of judged.verdicts.entries()) {
      const heldAlone = alone.verdicts[i]!.ruling === 'hold'
      seen.push({ poisons: poisonsIn(attack, i), risk, held: ruling === 'hold', heldAlone })
    }
    last = new Float64Array(judged.mean)
    model = model.map((value, k) => value + last[k]!)
  }
  return { seen, success: evaluate(model, backdoored(shards.test)).share }
}

const share = (of: readonly Seen[], is: (one: Seen) => boolean) => `${of.filter(is).length} of ${of.length}`
const all: Seen[] = []
console.log(
  '| attack | poisoning updates held | by their round alone | innocent updates held | by their round alone | backdoor works |',
)
console.log('| --- | --: | --: | --: | --: | --: |')
for (const attack of values.attacks.split(',')) {
  const found: Seen[] = []
  const successes: number[] = []
  for (const seed of values.seeds.split(',').map(Number))
    for (const digits of values.digits.split(',')) {
      const { seen, success } = play(seed, digits === 'alike', attack)
      found.push(...seen)
      successes.push(success)
    }
  all.push(...found)
  const [bad, good] = [found.filter(({ poisons }) => poisons), found.filter(({ poisons }) => !poisons)]
  const held = [bad, good].flatMap((of) => [share(of, (one) => one.held), share(of, (one) => one.heldAlone)])
  const mean = successes.reduce((sum, one) => sum + one, 0) / successes.length
  console.log(`| ${[attack, ...held, `${(100 * mean).toFixed(1)} %`].join(' | ')} |`)
}

const BINS = [0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 1.01]
console.log('\n| risk | updates | mean risk | poisoning |\n| --- | --: | --: | --: |')
for (const [k, from] of BINS.slice(0, -1).entries()) {
  const within = all.filter(({ risk }) => risk >= from && risk < BINS[k + 1]!)
  if (within.length === 0) continue
  const mean = within.reduce((sum, { risk }) => sum + risk, 0) / within.length
  const poisoning = within.filter(({ poisons }) => poisons).length / within.length
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`
  console.log(
    `| ${from} to ${Math.min(BINS[k + 1]!, 1)} | ${within.length} | ${percent(mean)} | ${percent(poisoning)} |`,
  )
}
