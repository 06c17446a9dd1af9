import type { LabelledWindow } from '#attacks/types.ts'
import { policySchema } from '#core/decision.ts'
import { foldMemory, type Memory } from '#services/scan/memory/memory.ts'
import { choosePool } from '#services/scan/memory/pool/pool.ts'
import { teachersIn } from '#services/scan/memory/reference/teachers.ts'
import type { Engine } from '#services/scan/numeric/engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { scanInputOf } from '../cases.ts'

const policy = policySchema.parse({})

/** What windows teach, of ordinals from 1 on: each is judged with the sketches of those before it, and gives records to the pool. Nothing is looked for in the pool. */
export async function memoryOf(windows: readonly LabelledWindow[], seed: number, engine: Engine): Promise<Memory> {
  let memory: Memory | null = null
  for (const [at, window] of windows.entries()) {
    const id = `w${at + 1}`
    const { risk, bulk, order } = await scanWindow(scanInputOf(window, seed), { engine, ...historyOf(memory) })
    const decisions = decide(risk, policy)
    const members = choosePool(risk, { seed, window: id, order })
    const records = Array.from(risk, (one, i) => ({ risk: one, decision: decisions[i]! }))
    const teaches = teachersIn(members, { window: id, seed, records })
    const held = members.filter((i) => decisions[i] !== 'admit')
    const pool = { window: id, ordinal: at + 1, records: risk.length, sha256: '', members, held, teaches }
    memory = foldMemory('bench', memory, [{ ordinal: at + 1, contract: 'bench', taught: bulk, pool }])
  }
  if (memory === null) throw new RangeError('at least one window comes before')
  return memory
}

/** The sketches of a memory as a scan takes them; nothing where there is none. */
export function historyOf(memory: Memory | null) {
  return memory === null ? {} : { history: memory.history }
}
