import { mkdir, writeFile } from 'node:fs/promises'
import { VERSION } from '#app/version.ts'
import { renderTable } from '#cli/print/table.ts'
import { paint } from '#present/look.ts'
import { renderFederation } from '#report/federation-page.ts'
import { geometryOf } from '#services/federate/validate/geometry.ts'
import { heading, look, say } from '../support/say.ts'
import { DELTA, runFedAvg, runFederation, type Owner, type Progress, type Setting } from './federation.ts'
import { initialModel } from './model.ts'
import { flipLabels, honest, scaledBackdoor, sybil, type Behaviour } from './poison.ts'
import { shardMnist } from './shards.ts'

/** Twenty owners of MNIST digits, four of whom poison, train one model in eight rounds: by FedAvg, and by Credence's rounds. */

const OWNERS = 20
const EXAMPLES = 400
const ROUNDS = 8
const SEED = 7
const TRAINING = { epochs: 2, rate: 0.1, batch: 20 } as const

const shards = shardMnist(OWNERS, EXAMPLES, SEED)
const shared = shards.clients[18]!
const POISON: ReadonlyMap<number, readonly [what: string, Behaviour]> = new Map([
  [16, ['flips labels', flipLabels]],
  [17, ['backdoor, scaled by 10', scaledBackdoor]],
  [18, ['sybil: backdoor within the norm', sybil(shared, 'one')]],
  [19, ['sybil: the same backdoor', sybil(shared, 'another')]],
])
const owners: Owner[] = shards.clients.map((examples, i) => {
  const name = `owner-${String(i + 1).padStart(2, '0')}`
  return { name, examples, behaviour: POISON.get(i)?.[1] ?? honest }
})
const setting: Setting = { owners, shards, rounds: ROUNDS, training: TRAINING }
const innocent: Setting = { ...setting, owners: owners.filter((_, i) => !POISON.has(i)) }

heading('Federated learning, with poisoning clients')
say(
  `${OWNERS} owners of ${EXAMPLES} MNIST digits each, in proportions of their own; ${ROUNDS} rounds; no digit leaves its owner.`,
)
for (const [i, [what]] of POISON) say(`  ${owners[i]!.name}  ${what}`)

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const rows: { readonly how: string; readonly sees: string; readonly progress: readonly Progress[] }[] = []
const show = (how: string, sees: string, progress: readonly Progress[]) => {
  rows.push({ how, sees, progress })
  const accuracies = progress.map(({ accuracy }) => (100 * accuracy).toFixed(0).padStart(3)).join('')
  const attacks = progress.map(({ attack }) => (100 * attack).toFixed(0).padStart(3)).join('')
  say(`\n${paint(look, 'strong', how)}`)
  say(`  accuracy by round, %${accuracies}\n  backdoor by round, %${attacks}`)
}
show('FedAvg, nobody poisons', 'every update', runFedAvg(innocent))
show('FedAvg', 'every update', runFedAvg(setting))
const judged = await runFederation(setting, 'judged')
show('judged', 'every update', judged)
show('masked, clipped', 'a sum', await runFederation(setting, 'masked'))
const sketched = await runFederation(setting, 'masked', { sketched: true })
show('masked, clipped, sketched', 'a sum, and sketches', sketched)
show('masked, clipped, noised', 'a sum', await runFederation(setting, 'masked', { noisy: true }))

heading('After the last round')
say(
  renderTable(
    [
      { header: 'how' },
      { header: 'aggregator sees' },
      { header: 'accuracy', align: 'right' },
      { header: 'backdoor works', align: 'right' },
      { header: `ε at δ = ${DELTA}`, align: 'right' },
    ],
    rows.map(({ how, sees, progress }) => {
      const { accuracy, attack, record } = progress.at(-1)!
      return [how, sees, percent(accuracy), percent(attack), record?.epsilon?.toFixed(1) ?? '∞']
    }),
    look,
  ),
)

heading('Who was held, and why (judged, last round)')
const verdicts = judged.flatMap(({ record }) => record?.verdicts ?? [])
const counted = sketched.at(-1)!.record!.counted
const held = new Set(verdicts.filter(({ ruling }) => ruling === 'hold').map(({ client }) => client))
for (const { name } of owners.filter(({ name }) => held.has(name))) {
  const rounds = verdicts.filter(({ client, ruling }) => client === name && ruling === 'hold')
  say(`  ${paint(look, 'strong', name)}  ${rounds.length} of ${ROUNDS} rounds`)
  for (const why of rounds.at(-1)?.why.slice(0, 2) ?? []) say(`    ${why}`)
}
const wrong = owners.filter(({ name }, i) => held.has(name) !== POISON.has(i)).map(({ name }) => name)
say(
  wrong.length === 0
    ? '  All four that poison, and nobody else.'
    : `  Wrongly held or let through: ${wrong.join(', ')}.`,
)
say(
  `\nUnder masks a clip bounds what one client can do, and a backdoor within it is learned slowly. By sketches, the last sum was over ${counted.length} of ${OWNERS};`,
)
const poisoning = owners.filter(({ name }, i) => POISON.has(i) && counted.includes(name)).map(({ name }) => name)
say(poisoning.length === 0 ? 'none of the four that poison was in it.' : `${poisoning.join(', ')} poisoned it.`)

const geometry = geometryOf(
  owners.map(({ examples, behaviour }, i) => behaviour(initialModel(0), examples, { ...TRAINING, seed: i })),
)
const page = renderFederation({
  title: 'Federated learning, with poisoning clients',
  version: VERSION,
  rounds: ROUNDS,
  runs: rows.map(({ how, sees, progress }) => ({
    how,
    sees,
    accuracy: progress.map(({ accuracy }) => accuracy),
    attack: progress.map(({ attack }) => attack),
    epsilon: progress.at(-1)!.record?.epsilon ?? null,
  })),
  clients: owners.map(({ name }, i) => {
    const holds = verdicts.filter(({ client, ruling }) => client === name && ruling === 'hold')
    const poisons = POISON.get(i)?.[0] ?? null
    return { name, poisons, norm: geometry.norms[i]!, held: holds.length, why: holds.at(-1)?.why ?? [] }
  }),
  cosines: geometry.cosines,
})
await mkdir('.credence', { recursive: true })
await writeFile('.credence/federated.html', page)
say('\nRounds, lengths and a map of likeness: .credence/federated.html')
