import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * What `npm start` takes from a fresh folder: wall and processor seconds, and how much memory all its processes have at once. A page that several
 * share counts in parts (proportional set sizes, ten times a second). Linux only.
 */

const EVERY_MS = 100
const TICKS = 100 // of a second, in which Linux counts processor time

interface Usage {
  readonly atSeconds: number
  readonly mib: number
  readonly processorSeconds: number
}

const folder = await mkdtemp(join(tmpdir(), 'credence-demo-'))
try {
  const started = performance.now()
  const child = spawn('npm', ['start', '--', '--folder', join(folder, 'demo')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const samples: Usage[] = []
  while (child.exitCode === null && child.pid !== undefined) {
    samples.push(await usageOf(child.pid, (performance.now() - started) / 1000))
    await Promise.race([delay(EVERY_MS), ended])
  }
  const wall = (performance.now() - started) / 1000
  const peak = samples.reduce((most, sample) => (sample.mib > most.mib ? sample : most))
  const processor = Math.max(...samples.map(({ processorSeconds }) => processorSeconds))
  console.log(`${wall.toFixed(1)} s, ${processor.toFixed(1)} processor seconds`)
  console.log(`at most ${Math.round(peak.mib)} MiB, after ${peak.atSeconds.toFixed(1)} s`)
  for (const { atSeconds, mib } of peaksOfEach(samples, 5)) {
    const bar = '█'.repeat(Math.round(mib / 32))
    console.log(`${String(atSeconds).padStart(4)} s ${String(Math.round(mib)).padStart(5)} MiB ${bar}`)
  }
  process.exitCode = (await ended) ?? 1
} finally {
  await rm(folder, { recursive: true })
}

/** A process and all that it started, and they started. */
async function usageOf(root: number, atSeconds: number): Promise<Usage> {
  const of = new Map<number, { readonly parent: number; readonly ticks: number }>()
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await textOf(`/proc/${name}/stat`) : ''
    // A process's name may hold anything; behind it stand the state, the parent, and from the twelfth on its times and its dead children's.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    if (stat !== '') of.set(Number(name), { parent: fields[1]!, ticks: sum(fields.slice(11, 15)) })
  }
  const family = new Set([root])
  for (const pid of family) for (const [other, { parent }] of of) if (parent === pid) family.add(other)
  const kibibytes = await Promise.all(
    Array.from(family, async (pid) =>
      Number(/^Pss:\s+(\d+)/m.exec(await textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
    ),
  )
  const ticks = sum(Array.from(family, (pid) => of.get(pid)?.ticks ?? 0))
  return { atSeconds, mib: sum(kibibytes) / 1024, processorSeconds: ticks / TICKS }
}

/** A process may have ended meanwhile. */
async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

function peaksOfEach(samples: readonly Usage[], seconds: number): { atSeconds: number; mib: number }[] {
  const peaks: number[] = []
  for (const { atSeconds, mib } of samples) {
    const slot = Math.floor(atSeconds / seconds)
    peaks[slot] = Math.max(peaks[slot] ?? 0, mib)
  }
  return peaks.flatMap((mib, slot) => [{ atSeconds: slot * seconds, mib }])
}

function sum(of: readonly number[]): number {
  return of.reduce((total, value) => total + value, 0)
}
