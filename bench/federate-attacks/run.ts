import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { evaluate, initialModel, trainUpdate } from '#examples/federated/model.ts'
import { backdoored } from '#examples/federated/poison.ts'
import { shardMnist } from '#examples/federated/shards.ts'
import { ATTACKS } from './attacks.ts'
import { DEFENCES } from './defences.ts'
import { startFlower } from './flower.ts'
import { renderTables, type Outcome } from './tables.ts'

/**
 * The attack table: who poisons, against what aggregates, with digits in proportions of each owner's own and in the same for all.
 * `node bench/federate-attacks/run.ts [--seeds 1,2] [--attacks 'alie,ipm'] [--defences judged] [--digits own,alike] [--out outcomes.jsonl]
 * [--flower python3]`. `--flower` names a Python where `pip install flwr==1.32.1` was run; without it, Flower's columns are left out.
 * With `--out`, what is in the file already is not measured again.
 */

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    attacks: { type: 'string' },
    defences: { type: 'string' },
    digits: { type: 'string', default: 'own,alike' },
    out: { type: 'string' },
    flower: { type: 'string' },
  },
})

const OWNERS = 20
const ATTACKERS = 4
const EXAMPLES = 400
const ROUNDS = 8
const TRAINING = { epochs: 2, rate: 0.1, batch: 20 } as const

const chosen = (from: Readonly<Record<string, unknown>>, names: string | undefined) => {
  const wanted = names?.split(',') ?? Object.keys(from)
  const unknown = wanted.find((name) => !Object.hasOwn(from, name))
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; there are ${Object.keys(from).join(', ')}`)
  return wanted
}
const attacks = chosen(ATTACKS, values.attacks)
const defences = chosen(DEFENCES, values.defences)
await using flower = values.flower === undefined ? null : startFlower(values.flower)

const known: Outcome[] =
  values.out !== undefined && existsSync(values.out)
    ? readFileSync(values.out, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Outcome)
    : []
const outcomes = [...known]

for (const seed of values.seeds.split(',').map(Number)) {
  for (const digits of values.digits.split(',')) {
    const shards = shardMnist(OWNERS, EXAMPLES, seed, digits === 'alike')
    const marked = backdoored(shards.test)
    for (const attack of attacks) {
      for (const defence of defences) {
        const there = (one: Outcome) =>
          one.seed === seed && one.digits === digits && one.attack === attack && one.defence === defence
        const combine = DEFENCES[defence]!({ attackers: ATTACKERS, root: shards.root, flower })
        if (known.some(there) || combine === null) continue
        let model = initialModel(seed)
        let last = new Float64Array(model.length)
        for (let round = 1; round <= ROUNDS; round++) {
          const trainingOf = (i: number) => ({ ...TRAINING, seed: 100_000 * seed + 1000 * round + i })
          const [honest, poisoning] = [shards.clients.slice(0, -ATTACKERS), shards.clients.slice(-ATTACKERS)]
          const updates = honest.map((examples, i) => trainUpdate(model, examples, trainingOf(i)))
          const trainings = poisoning.map((_, i) => trainingOf(honest.length + i))
          const poisoned = ATTACKS[attack]!({ model, last, honest: updates, shards: poisoning, trainings })
          last = new Float64Array(await combine([...updates, ...poisoned], model, round))
          model = model.map((value, k) => value + last[k]!)
        }
        const accuracy = evaluate(model, shards.test).share
        const outcome = { seed, digits, attack, defence, accuracy, success: evaluate(model, marked).share }
        outcomes.push(outcome)
        if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(outcome)}\n`)
      }
    }
  }
}
console.log(renderTables(outcomes))
