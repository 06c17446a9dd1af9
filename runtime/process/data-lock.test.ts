import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockData } from './data-lock.ts'

const MODULE = new URL('./data-lock.ts', import.meta.url).href
const HOLDER = `
  const { lockData } = await import(${JSON.stringify(MODULE)})
  await lockData(process.argv[1], { command: 'credence run' })
  console.log('held')
  setInterval(() => {}, 1000)
`

describe('the data lock', () => {
  let folder: string
  const children: ChildProcess[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credence-lock-'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child)
    await rm(folder, { recursive: true })
  })

  const startHolder = async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, folder])
    children.push(child)
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    return { child, stderr: () => stderr }
  }
  const kill = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  test('is refused to a second process, which is told who has it and what to do', async () => {
    const { child, stderr } = await startHolder()
    const refusal = await lockData(folder, { command: 'credence export' }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'conflict', reason: 'locked' })
    expect(String(refusal)).toContain(`\`credence run\` (process ${child.pid}, since 2`)
    expect(String(refusal)).toContain('Wait for it to end, or stop it')
    expect(stderr()).toBe('')
  })

  test('ends with its process, however that ends', async () => {
    const { child } = await startHolder()
    await kill(child)
    const lock = await lockData(folder, { command: 'credence run' })
    await lock.release()
  })

  test('is free after release, and leaves no holder behind', async () => {
    const lock = await lockData(folder, { command: 'a' })
    expect(existsSync(join(folder, 'lock.json'))).toBe(true)
    await expect(lockData(folder, { command: 'b' })).rejects.toThrow('`a`')
    await lock.release()
    await lock.release()
    expect(existsSync(join(folder, 'lock.json'))).toBe(false)
    await (await lockData(folder, { command: 'b' })).release()
  })

  test('can be waited for', async () => {
    const { child } = await startHolder()
    const waiting = lockData(folder, { command: 'b', waitMs: 15_000 })
    await kill(child)
    await (await waiting).release()
  })

  test('is waited for no longer than asked, or until a signal', async () => {
    await startHolder()
    await expect(lockData(folder, { command: 'b', waitMs: 60 })).rejects.toThrow('not free within 0.06 s')
    const signal = AbortSignal.abort()
    await expect(lockData(folder, { command: 'b', waitMs: 1000, signal })).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('goes to one of many processes that start at once', async () => {
    const started = await Promise.all([startHolder(), startHolder(), startHolder()])
    const alive = started.filter(({ child }) => child.exitCode === null)
    expect(alive).toHaveLength(1)
    expect(alive[0]?.stderr()).toBe('')
  })

  test('of a folder that cannot be written says so', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(lockData(file, { command: 'a' })).rejects.toMatchObject({
      code: 'unavailable',
      message: `cannot make the folder ${file}: a file stands there: choose another folder`,
    })
    await expect(lockData(join(file, 'in'), { command: 'a' })).rejects.toThrow('is a file and no folder')
  })
})
