import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { newestKept } from '#app/operations/kept-memories.ts'
import { openSigningSystem } from '#app/system.ts'
import { sha256Hex } from '#core/hash.ts'
import { memoryContext, memoryIn } from '#core/layout.ts'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import { verifyAudit } from '#runtime/audit/verify.ts'
import { PRUNE_POINTS } from '#runtime/process/steps.ts'
import { writeFixture } from './fixture.ts'
import { scoreByHash } from './score-by-hash.ts'

const DATASET = 'notes'
const CHILD = fileURLToPath(new URL('./pruning.ts', import.meta.url))
/** So many windows that five memories have outlived their use. */
const WINDOWS = POOL_KEPT_WINDOWS + 10
const EACH = 2

let home: string
let clean: Awaited<ReturnType<typeof memoriesOf>>

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'credence-prune-crash-'))
  const config = await writeFixture(join(home, 'made'))
  const notes = Array.from({ length: WINDOWS * EACH }, (_, i) =>
    JSON.stringify({ id: `note-${i}`, text: `note ${i}`, label: i % 2 }),
  )
  await writeFile(join(home, 'made', 'notes', 'all.jsonl'), `${notes.join('\n')}\n`)
  const text = await readFile(config, 'utf8')
  await writeFile(config, text.replace('records: 25', `records: ${EACH}`))
  {
    // with what `run` does of itself left to the processes of the test
    await using system = await openSigningSystem(await loadConfig(config, {}), { command: 'prune test' })
    expect(await runEmbedded(system, { score: scoreByHash })).toEqual([])
  }
  clean = await memoriesOf(config)
})
afterAll(() => rm(home, { recursive: true, force: true }))

it.concurrent.each(PRUNE_POINTS)(
  'killed at %s: the next removal ends as if nothing had happened',
  async (point) => {
    const config = join(home, point.replaceAll(/[.:]/g, '-'), 'credence.yaml')
    await cp(join(home, 'made'), join(config, '..'), { recursive: true })
    expect(await live(config, point, point.startsWith('prune.memory') ? 3 : 1)).toBe('SIGKILL')
    const left = await memoriesOf(config)
    expect(left.newest).toEqual(clean.newest)
    expect(left.kept.length).toBe({ 'prune.memory:before': 72, 'prune.memory:after': 71 }[point as string] ?? WINDOWS)
    expect(await live(config)).toBeNull()
    const after = await memoriesOf(config)
    expect(after.newest).toEqual(clean.newest)
    expect(after.kept).toEqual(clean.kept.filter((line) => !/^(1|3|5|7|9) /.test(line)))
    expect(after.problems).toBe(0)
    // what is removed was told of before, by whoever was killed and by who went on
    expect(after.told.at(-1)).toBe(WINDOWS - after.kept.length - (clean.kept.length - left.kept.length))
    expect(after.told.length).toBe(point === 'prune.log:before' ? 1 : 2)
  },
  300_000,
)

/** Every memory with the digest of its content, the one that scanning goes on from, and what the log says of removals. */
async function memoriesOf(path: string) {
  await using system = await openSigningSystem(await loadConfig(path, {}), { command: 'prune test' })
  const kept: string[] = []
  for await (const object of system.store.list(`scores/${DATASET}/`)) {
    const memory = memoryIn(object)
    if (memory === null) continue
    const bytes = await system.vault.open(object, memoryContext(DATASET, memory.through, memory.era))
    kept.push(`${memory.through} ${sha256Hex(bytes)}`)
  }
  const { audit } = system.catalog
  const { problems } = await verifyAudit(audit.entries(), { head: await audit.head() })
  const told = (await audit.about(DATASET)).filter(({ action }) => action === 'memory.pruned')
  return {
    kept: kept.sort(),
    newest: (await newestKept(system, DATASET))?.ref,
    problems: problems.length,
    told: told.map(({ detail }) => detail['memories']),
  }
}

function live(config: string, ...fatal: (string | number)[]): Promise<string | null> {
  const child = spawn(process.execPath, [CHILD, config, DATASET, ...fatal.map(String)], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) =>
      code === 0 || signal !== null ? resolve(signal) : reject(new Error(`${code}`)),
    )
  })
}
